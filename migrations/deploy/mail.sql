-- Deploy palabre:mail to pg
-- Addresses that somebody has proved to read, and the links that are mailed for that and for forgotten passwords.
BEGIN;

ALTER TABLE users ADD email_verified_at timestamptz;

-- One of a purpose: a new one takes the place of the one before. It is good for the address that it was sent to, as long as that is the account's.
CREATE TABLE account_tokens (
    hash       text PRIMARY KEY,            -- SHA-256, hex
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    purpose    text NOT NULL CHECK (purpose IN ('reset', 'verify')),
    email      text NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (user_id, purpose)
);
CREATE INDEX account_tokens_expires ON account_tokens (expires_at);

-- Another address is not proved, whoever changes it.
CREATE FUNCTION user_email_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email_verified_at := NULL;
    RETURN NEW;
END
$$;
CREATE TRIGGER users_email_change BEFORE UPDATE OF email ON users FOR EACH ROW
    WHEN (lower(OLD.email) <> lower(NEW.email)) EXECUTE FUNCTION user_email_changes();

-- A password that was chosen, by whomever, ends the link to choose one.
CREATE FUNCTION user_password_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM account_tokens WHERE user_id = NEW.id AND purpose = 'reset';
    RETURN NULL;
END
$$;
CREATE TRIGGER users_password_changed AFTER UPDATE OF password_changed_at ON users FOR EACH ROW
    WHEN (OLD.password_changed_at IS DISTINCT FROM NEW.password_changed_at) EXECUTE FUNCTION user_password_changed();

-- A directory vouches for the addresses of its people.
CREATE OR REPLACE VIEW accounts AS
SELECT id, email, username, trigramme, name, name AS full_name, first_name, last_name, role, plan, organization, department,
       role IN ('admin', 'super_admin') AS is_admin, enabled, enabled AS is_active, must_change_password, password_changed_at,
       directory_dn IS NOT NULL AS is_ldap_user, created_at, updated_at, last_login_at AS last_login,
       token_version::bigint AS token_version, password_hash,
       must_change_password AND coalesce(password_until < clock_timestamp(), false) AS password_expired,
       email_verified_at IS NOT NULL OR directory_dn IS NOT NULL AS email_verified
  FROM users;

COMMIT;
