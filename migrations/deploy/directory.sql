-- Deploy palabre:directory to pg
BEGIN;

-- People of an LDAP directory who have logged in; the password of such an account is the directory's.
CREATE TABLE directory_users (
    user_id      uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    directory_id text NOT NULL UNIQUE,              -- entryUUID or objectGUID: a DN and an address change
    dn           text NOT NULL,
    seen_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What a group of the directory makes of its members, by its full CN in any case; who is in several is what the one with
-- the highest privilege says.
CREATE TABLE directory_roles (
    group_cn  text NOT NULL,
    role      text NOT NULL REFERENCES roles ON DELETE CASCADE,
    privilege integer NOT NULL
);
CREATE UNIQUE INDEX directory_roles_group ON directory_roles (lower(group_cn));

INSERT INTO directory_roles (group_cn, role, privilege) VALUES
    ('HelloJADE-Admins', 'admin', 80), ('admins', 'admin', 80),
    ('HelloJADE-Medecins', 'medecin', 40), ('doctors', 'medecin', 40), ('medecin', 'medecin', 40), ('medecins', 'medecin', 40),
    ('HelloJADE-Infirmiers', 'infirmier', 30), ('nurses', 'infirmier', 30), ('infirmier', 'infirmier', 30), ('infirmiers', 'infirmier', 30),
    ('HelloJADE-Secretaires', 'secretaire', 20), ('secretaries', 'secretaire', 20), ('secretaire', 'secretaire', 20),
    ('secretaires', 'secretaire', 20), ('HelloJADE-Users', 'user', 10);

COMMIT;
