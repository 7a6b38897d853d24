-- Deploy palabre:identity to pg
-- Who may do what (roles and permissions are rows), what accounts know beside their password, sessions with their refresh tokens,
-- tokens that ended before their time, keys of programs, and the programs that people log in to (OAuth).
BEGIN;

-- --- who may do what ---

-- A code is resource:action; with :own behind it, on what is the caller's own. * is everything.
CREATE TABLE permissions (
    code  text PRIMARY KEY,
    about text NOT NULL
);
-- Who may act on an account has a higher rank than it.
CREATE TABLE roles (
    name  text PRIMARY KEY,
    rank  integer NOT NULL,
    about text NOT NULL
);
CREATE TABLE role_permissions (
    role       text NOT NULL REFERENCES roles ON DELETE CASCADE,
    permission text NOT NULL REFERENCES permissions ON DELETE CASCADE,
    PRIMARY KEY (role, permission)
);
-- What other systems call a role.
CREATE TABLE role_names (
    name text PRIMARY KEY,
    role text NOT NULL REFERENCES roles ON DELETE CASCADE
);

INSERT INTO roles (name, rank, about) VALUES
    ('user',        10, 'Their own questions, jobs and files.'),
    ('secretaire',  20, 'Identity, contact and planning of patients; calls.'),
    ('agent',       30, 'Handles reports.'),
    ('infirmier',   30, 'Patients, calls and medical records.'),
    ('medecin',     40, 'Patients, calls, medical records and their analysis.'),
    ('admin',       80, 'Accounts, measures and the audit.'),
    ('super_admin', 100, 'Everything, roles included.');

INSERT INTO role_names (name, role) VALUES
    ('sub_admin', 'agent'), ('sub_admin_dgss', 'agent'), ('sub_admin_dgr', 'agent'), ('agent_defense', 'agent'),
    ('agent_justice', 'agent'), ('agent_interior', 'agent'), ('agent_anticorruption', 'agent'), ('authenticated', 'user'),
    ('doctor', 'medecin'), ('médecin', 'medecin'), ('nurse', 'infirmier'), ('secretary', 'secretaire'), ('secrétaire', 'secretaire'),
    ('manager', 'agent');

INSERT INTO permissions (code, about) VALUES
    ('*',                        'Everything.'),
    ('jobs:create',              'Queue jobs.'),
    ('jobs:read',                'See all jobs.'),
    ('jobs:read:own',            'See one''s own jobs.'),
    ('jobs:update',              'Cancel and retry all jobs.'),
    ('jobs:update:own',          'Cancel and retry one''s own jobs.'),
    ('asks:create',              'Ask questions.'),
    ('asks:read',                'Read all questions and their answers.'),
    ('asks:read:own',            'Read one''s own questions and their answers.'),
    ('keys:manage:own',          'Make and end keys for one''s own programs.'),
    ('users:read',               'See accounts.'),
    ('users:create',             'Open accounts.'),
    ('users:update',             'Change accounts, let them in or not, end their sessions.'),
    ('users:delete',             'Delete accounts.'),
    ('roles:assign',             'Give roles.'),
    ('clients:manage',           'Register the programs that people log in to.'),
    ('reports:create',           'Write reports.'),
    ('reports:read',             'Read all reports.'),
    ('reports:read:own',         'Read one''s own reports.'),
    ('reports:update',           'Change reports.'),
    ('reports:delete',           'Delete reports.'),
    ('conversations:create',     'Begin conversations.'),
    ('conversations:read',       'Read all conversations.'),
    ('conversations:read:own',   'Read one''s own conversations.'),
    ('conversations:delete',     'Delete all conversations.'),
    ('conversations:delete:own', 'Delete one''s own conversations.'),
    ('artifacts:create',         'Make documents.'),
    ('artifacts:read',           'Read all documents made.'),
    ('artifacts:read:own',       'Read one''s own documents.'),
    ('metrics:read',             'See measures.'),
    ('audit:read',               'Read the audit.'),
    ('audit:verify',             'Hold the audit against its keys.'),
    ('patients:read',            'Read patients.'),
    ('patients:write',           'Change patients.'),
    ('patients:delete',          'Take patients out.'),
    ('calls:read',               'Read calls.'),
    ('calls:write',              'Plan, make and change calls.'),
    ('calls:delete',             'Delete calls.'),
    ('ai:read',                  'Read transcripts and analyses.'),
    ('ai:write',                 'Have recordings transcribed and analysed.'),
    ('medical_records:read',     'Read medical records.'),
    ('medical_records:write',    'Change medical records.'),
    ('admin:read',               'See settings.'),
    ('admin:write',              'Change settings.'),
    ('monitoring:read',          'See the state of the services.'),
    ('monitoring:write',         'Act on the services.');

-- What everybody has who has an account.
INSERT INTO role_permissions (role, permission)
SELECT r.name, p.code
  FROM roles r, permissions p
 WHERE r.name <> 'super_admin'
   AND p.code IN ('jobs:create', 'jobs:read:own', 'jobs:update:own', 'asks:create', 'asks:read:own', 'keys:manage:own', 'reports:create',
                  'reports:read:own', 'conversations:create', 'conversations:read:own', 'conversations:delete:own', 'artifacts:create',
                  'artifacts:read:own');
INSERT INTO role_permissions (role, permission) VALUES
    ('super_admin', '*'),
    ('agent', 'reports:read'), ('agent', 'reports:update'), ('agent', 'conversations:read'), ('agent', 'artifacts:read'),
    ('secretaire', 'patients:read'), ('secretaire', 'patients:write'), ('secretaire', 'calls:read'), ('secretaire', 'calls:write'),
    ('secretaire', 'ai:read'),
    ('infirmier', 'patients:read'), ('infirmier', 'patients:write'), ('infirmier', 'calls:read'), ('infirmier', 'calls:write'),
    ('infirmier', 'ai:read'), ('infirmier', 'medical_records:read'), ('infirmier', 'medical_records:write'),
    ('medecin', 'patients:read'), ('medecin', 'patients:write'), ('medecin', 'calls:read'), ('medecin', 'calls:write'),
    ('medecin', 'ai:read'), ('medecin', 'ai:write'), ('medecin', 'medical_records:read'), ('medecin', 'medical_records:write');
INSERT INTO role_permissions (role, permission)
SELECT 'admin', code
  FROM permissions
 WHERE code IN ('jobs:read', 'jobs:update', 'asks:read', 'users:read', 'users:create', 'users:update', 'reports:read', 'reports:update',
                'reports:delete', 'conversations:read', 'artifacts:read', 'metrics:read', 'audit:read', 'patients:read', 'patients:write',
                'patients:delete', 'calls:read', 'calls:write', 'calls:delete', 'ai:read', 'ai:write', 'medical_records:read',
                'medical_records:write', 'admin:read', 'admin:write', 'monitoring:read', 'monitoring:write');

-- --- accounts ---

ALTER TABLE users DROP CONSTRAINT users_role_check;
ALTER TABLE users
    ADD CONSTRAINT users_role_fkey FOREIGN KEY (role) REFERENCES roles,
    ADD username             text CHECK (username <> '' AND position('@' IN username) = 0),
    ADD trigramme            text CHECK (trigramme ~ '^[A-Z]{3}$'),
    ADD first_name           text,
    ADD last_name            text,
    ADD organization         text,
    ADD department           text,
    ADD external_role        text,          -- as the system says it that the account came from
    ADD directory_dn         text,          -- of accounts that a directory proves; their password is not ours
    ADD must_change_password boolean NOT NULL DEFAULT false,
    ADD password_changed_at  timestamptz,
    ADD updated_at           timestamptz,
    ADD last_login_at        timestamptz,
    ADD token_version        integer NOT NULL DEFAULT 0;    -- tokens that say less are not taken any more
CREATE UNIQUE INDEX users_username  ON users (lower(username));
CREATE UNIQUE INDEX users_trigramme ON users (trigramme);

-- Accounts under the names that clients of the products read.
CREATE VIEW accounts AS
SELECT id, email, username, trigramme, name, name AS full_name, first_name, last_name, role, plan, organization, department,
       role IN ('admin', 'super_admin') AS is_admin, enabled, enabled AS is_active, must_change_password, password_changed_at,
       directory_dn IS NOT NULL AS is_ldap_user, created_at, updated_at, last_login_at AS last_login,
       token_version::bigint AS token_version, password_hash
  FROM users;

-- --- sessions ---

CREATE TABLE oauth_clients (
    id         text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9._~-]{1,128}$'),
    name       text NOT NULL,
    secret     text,                        -- SHA-256, hex; without one it is a public client
    enabled    boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TABLE oauth_redirects (
    client_id text NOT NULL REFERENCES oauth_clients ON DELETE CASCADE,
    uri       text NOT NULL CHECK (position('#' IN uri) = 0),
    PRIMARY KEY (client_id, uri)
);

-- From a login to its end. Every refresh token that came of it belongs to it.
CREATE TABLE sessions (
    id         uuid PRIMARY KEY,
    user_id    uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    client_id  text REFERENCES oauth_clients ON DELETE CASCADE,
    scope      text,
    address    text,
    agent      text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    used_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz NOT NULL,
    ended_at   timestamptz,
    ended_by   text CHECK (ended_by IN ('logout', 'reuse', 'password', 'admin', 'disabled', 'revoked'))
);
CREATE INDEX sessions_user    ON sessions (user_id, id DESC);
CREATE INDEX sessions_expires ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    hash       text PRIMARY KEY,            -- SHA-256, hex
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    parent     text,                        -- the token that was given back for it
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    used_at    timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE UNIQUE INDEX refresh_tokens_parent ON refresh_tokens (parent);

CREATE TABLE oauth_codes (
    hash         text PRIMARY KEY,          -- SHA-256, hex
    client_id    text NOT NULL REFERENCES oauth_clients ON DELETE CASCADE,
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    redirect_uri text NOT NULL,
    challenge    text NOT NULL,
    scope        text,
    expires_at   timestamptz NOT NULL,
    session_id   uuid                       -- what came of it; set once
);
CREATE INDEX oauth_codes_expires ON oauth_codes (expires_at);

CREATE TABLE api_keys (
    id         uuid PRIMARY KEY,
    owner      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    name       text NOT NULL,
    start      text NOT NULL,               -- how it begins, for people
    hash       text NOT NULL UNIQUE,        -- SHA-256, hex
    scope      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    expires_at timestamptz,
    used_at    timestamptz,
    ended_at   timestamptz
);
CREATE INDEX api_keys_owner ON api_keys (owner, id DESC);

-- --- what ended before its time: gateways copy it to Redis, where every request looks ---

-- A session, or an account's tokens below a version.
CREATE TABLE token_ends (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    version integer NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX token_ends_at ON token_ends (at);

CREATE FUNCTION session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO token_ends (subject, version) VALUES (OLD.id, 1);
    RETURN NULL;
END
$$;
CREATE TRIGGER sessions_ended AFTER UPDATE ON sessions FOR EACH ROW
    WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION session_ended();
CREATE TRIGGER sessions_deleted AFTER DELETE ON sessions FOR EACH ROW
    WHEN (OLD.ended_at IS NULL) EXECUTE FUNCTION session_ended();

-- What an account may do is written into its tokens: those of before are not taken any more, whoever changes the row.
CREATE FUNCTION user_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.token_version := OLD.token_version + 1;
    INSERT INTO token_ends (subject, version) VALUES (NEW.id, NEW.token_version);
    IF OLD.enabled AND NOT NEW.enabled THEN
        UPDATE sessions SET ended_at = clock_timestamp(), ended_by = 'disabled' WHERE user_id = NEW.id AND ended_at IS NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER users_change BEFORE UPDATE ON users FOR EACH ROW
    WHEN ((OLD.role, OLD.plan, OLD.enabled) IS DISTINCT FROM (NEW.role, NEW.plan, NEW.enabled)) EXECUTE FUNCTION user_changes();

CREATE FUNCTION user_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO token_ends (subject, version) VALUES (OLD.id, 2147483647);
    RETURN NULL;
END
$$;
CREATE TRIGGER users_deleted AFTER DELETE ON users FOR EACH ROW EXECUTE FUNCTION user_deleted();

-- Somebody can always give roles: two who go at the same time go one after the other.
CREATE FUNCTION super_admin_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('palabre.super_admin'));
    IF NOT EXISTS (SELECT FROM users WHERE role = 'super_admin' AND enabled) THEN
        RAISE EXCEPTION 'this is the last super_admin' USING ERRCODE = 'PA001';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER users_super_admin AFTER UPDATE ON users FOR EACH ROW
    WHEN (OLD.role = 'super_admin' AND OLD.enabled AND (NEW.role <> 'super_admin' OR NOT NEW.enabled)) EXECUTE FUNCTION super_admin_stays();
CREATE TRIGGER users_super_admin_deleted AFTER DELETE ON users FOR EACH ROW
    WHEN (OLD.role = 'super_admin' AND OLD.enabled) EXECUTE FUNCTION super_admin_stays();

COMMIT;
