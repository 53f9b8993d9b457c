-- What collections keep: the policy and templates a person wrote, what was sent, what was said, what was agreed.

-- One row per version of the dunning policy (TOML: scenarios, and which segment follows which); null goes back to the one
-- that ships.
CREATE TABLE policy (
  change_id BIGINT NOT NULL, text VARCHAR
);

-- One row per version of a letter's template (Liquid); null goes back to the one that ships.
CREATE TABLE template (
  name VARCHAR NOT NULL, language VARCHAR NOT NULL, change_id BIGINT NOT NULL, text VARCHAR
);

-- One row per reminder that a person approved, with its exact words and figures.
CREATE TABLE reminder (
  reminder_id VARCHAR NOT NULL,  -- also the idempotency key: what it is about, not when it was pressed
  change_id BIGINT NOT NULL, client_id VARCHAR NOT NULL, currency VARCHAR NOT NULL, step VARCHAR NOT NULL,
  channel VARCHAR NOT NULL, language VARCHAR NOT NULL, on_date DATE NOT NULL, recipient VARCHAR,
  subject VARCHAR NOT NULL, body VARCHAR NOT NULL,
  detail VARCHAR NOT NULL        -- JSON: invoices with their figures, interest by half-year and rate, indemnity
);

-- One row per thing that happened to a reminder, in order.
CREATE TABLE reminder_event (
  reminder_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, what VARCHAR NOT NULL, on_date DATE NOT NULL, detail VARCHAR,
  CHECK (what IN ('sent', 'sending', 'delivered', 'failed', 'unknown', 'dropped'))
);

-- One row per note or call on a client or an invoice.
CREATE TABLE note (
  note_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, client_id VARCHAR NOT NULL, document_id VARCHAR,
  kind VARCHAR NOT NULL, on_date DATE NOT NULL, text VARCHAR NOT NULL,
  result VARCHAR,                -- of a call: what came of it
  CHECK (kind IN ('note', 'call'))
);

-- One row per instalment that a client agreed to pay, and one per plan that a person ended.
CREATE TABLE plan_instalment (
  plan_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, client_id VARCHAR NOT NULL, on_date DATE NOT NULL, rank BIGINT NOT NULL,
  due_date DATE NOT NULL, amount DECIMAL(18, 2) NOT NULL, currency VARCHAR NOT NULL, CHECK (amount > 0)
);
CREATE TABLE plan_invoice (
  plan_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, document_id VARCHAR NOT NULL
);
CREATE TABLE plan_end (
  plan_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, on_date DATE NOT NULL
);

-- Of a promise: the amount promised. Of a dispute: its category stands in value, who deals with it in owner.
ALTER TABLE mark ADD COLUMN amount DECIMAL(18, 2);
ALTER TABLE mark ADD COLUMN owner VARCHAR;
ALTER TABLE mark ADD COLUMN note VARCHAR;
