"""People of an LDAP directory log in with its password; tests/directory.ldif has them."""
import pytest

from palabre import Client

INJECTIONS = ["*", "med*", ")(uid=*", "medecin)(|(uid=*", "*)(uid=medecin", "\\6dedecin", "medecin\\", "uid=medecin,ou=people,dc=palabre,dc=test"]


def login(house, name, password):
    return Client(house).post("/api/v1/auth/login", {"email": name, "password": password})


def account(house, name, password):
    made = login(house, name, password)
    assert made.status == 200, made
    me = Client(house, token=made.json()["access_token"]).get("/api/v1/auth/me")
    assert me.status == 200, me
    known = me.json()
    return {name: value for name, value in known.items() if name not in ("last_login", "data")}


def check_refused(answer):
    assert answer.status == 401 and answer.json()["error"] == "AUTH_FAILED", answer


def test_a_person_of_the_directory_has_one_account(house):
    first = account(house, "medecin", "mot de passe é")
    assert (first["email"], first["name"], first["role"]) == ("medecin@palabre.test", "Medecin (Cardiologie)", "medecin")
    assert account(house, "medecin@palabre.test", "mot de passe é") == first
    assert house.sql(f"SELECT dn FROM directory_users WHERE user_id = '{first['id']}'") == [["uid=medecin,ou=people,dc=palabre,dc=test"]]


def test_the_role_is_that_of_the_group_with_the_highest_privilege(house):
    assert account(house, "chef", "chef-secret")["role"] == "admin"
    assert account(house, "infirmier", "infirmier-secret")["role"] == "infirmier"
    assert account(house, "visiteur", "visiteur-secret")["role"] == "user"        # its group's name only ends in an admin's


def test_a_role_follows_the_directory_but_a_super_admin_stays(house, client):
    house.sql(f"UPDATE users SET role = 'super_admin' WHERE id = '{client.id}'")    # the last one could not be made anything else
    id = account(house, "infirmier", "infirmier-secret")["id"]
    for role, then in (("admin", "infirmier"), ("super_admin", "super_admin")):
        house.sql(f"UPDATE users SET role = '{role}' WHERE id = '{id}'")
        assert account(house, "infirmier", "infirmier-secret")["role"] == then
    house.sql(f"UPDATE users SET role = 'user' WHERE id = '{id}'")


@pytest.mark.parametrize("name", INJECTIONS)
def test_a_name_is_a_name_and_no_filter(house, name):
    check_refused(login(house, name, "mot de passe é"))


@pytest.mark.parametrize("name, password", [("medecin", ""), ("medecin", "mot de passe"), ("nobody", ""), ("nobody", "x"),
                                            ("double@palabre.test", "double-secret")])
def test_wrong_unknown_and_ambiguous_are_refused_alike(house, name, password):
    check_refused(login(house, name, password))


def test_an_account_that_is_disabled_here_stays_out(house):
    id = account(house, "visiteur", "visiteur-secret")["id"]
    house.sql(f"UPDATE users SET enabled = false WHERE id = '{id}'")
    assert login(house, "visiteur", "visiteur-secret").status == 401
    house.sql(f"UPDATE users SET enabled = true WHERE id = '{id}'")
    assert account(house, "visiteur", "visiteur-secret")["id"] == id


def test_an_account_of_ours_cannot_be_taken_over_by_an_address_in_the_directory(house):
    ours = {"email": "local@example.org", "password": "a password of ours"}
    assert Client(house).post("/api/v1/auth/register", ours).status == 201
    check_refused(login(house, "local@example.org", "directory-secret"))
    check_refused(login(house, "local", "directory-secret"))
    assert login(house, ours["email"], ours["password"]).status == 200


def test_without_the_directory_accounts_of_ours_log_in_and_others_are_told_why(house, client):
    before = account(house, "medecin", "mot de passe é")
    house.servers("stop", "slapd")
    try:
        assert login(house, client.email, client.password).status == 200
        for name in ("medecin", "nobody", client.email):
            down = login(house, name, "x")
            assert down.status == 503 and down.json()["error"] == "DIRECTORY_DOWN", down
            assert "annuaire" in down.json()["message"]
            assert "refused" not in str(down.json()) and "127.0.0.1" not in str(down.json())
        assert "Connection refused" in "".join(daemon.text() for daemon in house.daemons.values())
    finally:
        house.servers("start", "slapd")
    assert account(house, "medecin", "mot de passe é") == before
