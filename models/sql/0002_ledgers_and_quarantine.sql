-- Receipts that no bank line proves yet, rows that wait for a correction, the user's own profiles, and what statements cover.

-- One row per receipt known from a ledger or typed by hand, before a bank line proves it. A negative amount went back.
CREATE TABLE receipt (
  receipt_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, client_id VARCHAR NOT NULL, receipt_date DATE NOT NULL,
  amount DECIMAL(18, 2) NOT NULL, currency VARCHAR NOT NULL, label VARCHAR, method VARCHAR, reference VARCHAR,
  file_id VARCHAR, source_row BIGINT, CHECK (amount <> 0)
);

-- One row per rejected row of a file, as written; one end per row that a person corrected or dropped.
CREATE TABLE quarantine (
  row_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, file_id VARCHAR NOT NULL, source_row BIGINT,
  kind VARCHAR NOT NULL, profile VARCHAR, account VARCHAR,
  cells VARCHAR NOT NULL,     -- JSON: header -> text
  problems VARCHAR NOT NULL   -- JSON: column, value and code of each problem
);
CREATE TABLE quarantine_end (
  row_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, answer VARCHAR NOT NULL,
  CHECK (answer IN ('corrected', 'dropped'))
);

-- One row per version of a profile that the user saved; a null text takes it away.
CREATE TABLE profile (
  code VARCHAR NOT NULL, change_id BIGINT NOT NULL, text VARCHAR   -- TOML
);

-- One row per period of an account that a statement covers, both days included.
CREATE TABLE coverage (
  account_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, from_date DATE NOT NULL, to_date DATE NOT NULL, file_id VARCHAR
);

ALTER TABLE client_version ADD COLUMN segment VARCHAR;

-- Declared receipts can be given to invoices too.
CREATE TABLE claim_of_any_source (
  claim_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, source VARCHAR NOT NULL, source_id VARCHAR NOT NULL,
  document_id VARCHAR NOT NULL, amount DECIMAL(18, 2) NOT NULL, claim_date DATE NOT NULL, rule VARCHAR NOT NULL,
  confidence DOUBLE, evidence VARCHAR, by_person BOOLEAN NOT NULL, reason VARCHAR,
  CHECK (amount > 0), CHECK (source IN ('bank', 'credit_note', 'write_off', 'declared'))
);
INSERT INTO claim_of_any_source SELECT * FROM claim;
DROP TABLE claim;
ALTER TABLE claim_of_any_source RENAME TO claim;
