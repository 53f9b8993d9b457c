-- Facts are added, never changed: each row names the change (import or decision) that brought it. What a change
-- brought does not hold while a later change undoes it. No keys or indexes: `encours check` proves uniqueness.

-- One row per import or decision.
CREATE TABLE change (
  change_id BIGINT NOT NULL,
  recorded_at TIMESTAMP NOT NULL,   -- UTC
  known_on DATE NOT NULL,           -- the user's calendar day
  actor VARCHAR NOT NULL,
  action VARCHAR NOT NULL,
  subject VARCHAR,                  -- what it is about, in words of the trade: a file name, an invoice number
  detail VARCHAR,                   -- JSON: arguments and report
  undoes BIGINT,                    -- the change that this one takes back
  seal VARCHAR NOT NULL             -- SHA-256 of this row and the seal before it
);

-- One row per imported file, with its bytes (zlib).
CREATE TABLE source_file (
  file_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL,
  kind VARCHAR NOT NULL, format VARCHAR NOT NULL, profile VARCHAR, content BLOB NOT NULL
);

-- One row per version of a client (or supplier); the last live one holds.
CREATE TABLE client_version (
  client_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, code VARCHAR, name VARCHAR, siren VARCHAR, email VARCHAR,
  phone VARCHAR, address VARCHAR, language VARCHAR, client_type VARCHAR, terms_days BIGINT
);

-- One row per version of a sales or purchase document; the last live one holds for every as-of date.
CREATE TABLE document_version (
  document_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, direction VARCHAR NOT NULL, kind VARCHAR NOT NULL,
  number VARCHAR NOT NULL, client_id VARCHAR NOT NULL, issue_date DATE NOT NULL, due_date DATE NOT NULL,
  is_due_estimated BOOLEAN NOT NULL, sent_date DATE, sending VARCHAR NOT NULL, amount DECIMAL(18, 2) NOT NULL,
  amount_excl_tax DECIMAL(18, 2), vat_amount DECIMAL(18, 2), currency VARCHAR NOT NULL, linked_invoice VARCHAR,
  paid_amount DECIMAL(18, 2), paid_date DATE, amount_due DECIMAL(18, 2), is_paid BOOLEAN NOT NULL,
  sales_rep VARCHAR, category VARCHAR, is_disputed BOOLEAN NOT NULL, order_reference VARCHAR,
  file_id VARCHAR, source_row BIGINT,
  CHECK (direction IN ('sale', 'purchase')), CHECK (kind IN ('invoice', 'credit_note', 'deposit')), CHECK (amount >= 0)
);

-- One row per instalment of a document's version; none: the whole amount at the due date.
CREATE TABLE instalment (
  document_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, rank BIGINT NOT NULL, due_date DATE NOT NULL,
  amount DECIMAL(18, 2) NOT NULL
);

-- One row per version of an own bank account.
CREATE TABLE account_version (
  account_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, name VARCHAR NOT NULL, bank VARCHAR, number VARCHAR,
  iban VARCHAR, currency VARCHAR NOT NULL
);

-- One row per movement.
CREATE TABLE bank_line (
  line_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, account_id VARCHAR NOT NULL, booking_date DATE NOT NULL,
  value_date DATE, amount DECIMAL(18, 2) NOT NULL, currency VARCHAR NOT NULL, label VARCHAR NOT NULL,
  counterparty VARCHAR, counterparty_iban VARCHAR, bank_id VARCHAR, format VARCHAR NOT NULL, file_id VARCHAR,
  source_row BIGINT
);

-- One row per balance that a statement gives.
CREATE TABLE balance (
  account_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, balance_date DATE NOT NULL, amount DECIMAL(18, 2) NOT NULL,
  kind VARCHAR NOT NULL, file_id VARCHAR
);

-- One row per amount that a rule or a person gives from a bank line, credit note or write-off to an invoice.
-- Linked credit notes and declared payments are not here: they follow from the documents.
CREATE TABLE claim (
  claim_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, source VARCHAR NOT NULL, source_id VARCHAR NOT NULL,
  document_id VARCHAR NOT NULL, amount DECIMAL(18, 2) NOT NULL, claim_date DATE NOT NULL, rule VARCHAR NOT NULL,
  confidence DOUBLE, evidence VARCHAR, by_person BOOLEAN NOT NULL, reason VARCHAR,
  CHECK (amount > 0), CHECK (source IN ('bank', 'credit_note', 'write_off'))
);

-- One row per claim taken back: replaced by a better one, or detached by a person.
CREATE TABLE claim_end (
  claim_id VARCHAR NOT NULL, change_id BIGINT NOT NULL
);

-- One row per attribution of what a bank line leaves unallocated to a client; the last live one holds.
CREATE TABLE attribution (
  line_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, client_id VARCHAR, rule VARCHAR NOT NULL, by_person BOOLEAN NOT NULL
);

-- One row per debit that takes a client's money back: a returned payment or a refunded credit.
CREATE TABLE refund (
  refund_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, line_id VARCHAR NOT NULL, credit_id VARCHAR NOT NULL,
  kind VARCHAR NOT NULL, amount DECIMAL(18, 2) NOT NULL, by_person BOOLEAN NOT NULL, is_ended BOOLEAN NOT NULL,
  CHECK (kind IN ('returned', 'refunded')), CHECK (amount > 0)
);

-- One row per pair that a person refused: no rule proposes it again.
CREATE TABLE refusal (
  line_id VARCHAR NOT NULL, document_id VARCHAR NOT NULL, change_id BIGINT NOT NULL
);

-- One row per dated mark on an invoice or a client.
CREATE TABLE mark (
  change_id BIGINT NOT NULL, document_id VARCHAR, client_id VARCHAR, what VARCHAR NOT NULL, is_set BOOLEAN NOT NULL,
  on_date DATE NOT NULL, value VARCHAR
);

-- One row per file row that contradicts what is stored; and one per settlement of it.
CREATE TABLE conflict (
  conflict_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, file_id VARCHAR NOT NULL, source_row BIGINT,
  document_id VARCHAR, client_id VARCHAR, number VARCHAR, field VARCHAR NOT NULL, stored VARCHAR, incoming VARCHAR,
  document VARCHAR            -- JSON of the incoming row
);
CREATE TABLE conflict_settlement (
  conflict_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, answer VARCHAR NOT NULL
);

-- One row per value given to a setting; the last live one holds, null takes it back to its default.
CREATE TABLE setting (
  key VARCHAR NOT NULL, value VARCHAR, change_id BIGINT NOT NULL
);
