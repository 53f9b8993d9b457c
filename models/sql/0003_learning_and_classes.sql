-- What people teach matching: who else pays for a client, and what is no client's payment.

-- One row per time a person taught that a payer's name, or an IBAN, is a client's; the last live one of an alias holds,
-- and a null client takes it away.
CREATE TABLE alias (
  alias_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, kind VARCHAR NOT NULL,
  value VARCHAR NOT NULL,     -- a payer's words, folded; or an IBAN without spaces
  client_id VARCHAR, line_id VARCHAR, by_person BOOLEAN NOT NULL,
  CHECK (kind IN ('name', 'iban'))
);

-- One row per version of a user's own rule: labels that hold these words are of that category; null takes it away.
CREATE TABLE label_rule (
  rule_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, words VARCHAR NOT NULL, category VARCHAR
);

-- One row per word of a person on what a bank line is; the last live one holds, null gives the line back to the rules.
CREATE TABLE line_class (
  line_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, category VARCHAR
);
