-- What the cash forecast keeps: what people plan, what they say of recurring movements, and what was forecast each day.

-- One row per version of a movement that a person plans, once or repeating; a null amount takes it away.
CREATE TABLE planned_item (
  item_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, label VARCHAR NOT NULL, amount DECIMAL(18, 2),
  currency VARCHAR NOT NULL, first_date DATE NOT NULL, period VARCHAR NOT NULL, until_date DATE, account_id VARCHAR,
  kind VARCHAR,               -- planned | tax | vat
  CHECK (period IN ('once', 'weekly', 'monthly', 'bimonthly', 'quarterly', 'yearly'))
);

-- One row per word of a person on an expected movement: one found in the bank history, of the tax calendar or typed in.
-- The last live one of an item and date holds; a null date speaks of all of them.
CREATE TABLE item_answer (
  item_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, for_date DATE, answer VARCHAR, moved_to DATE, amount DECIMAL(18, 2),
  CHECK (answer IS NULL OR answer IN ('confirmed', 'moved', 'changed', 'dropped'))
);

-- One row per version of what a supplier grants for early payment, and of the day on which its invoice will be paid.
CREATE TABLE payment_choice (
  document_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, pay_on DATE, discount_rate DECIMAL(9, 4), discount_until DATE,
  ordered_on DATE             -- the day of the transfer file that orders its payment
);

-- One row per IBAN that a person gave of a supplier; the last live one holds, null takes it away.
CREATE TABLE supplier_iban (
  client_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, iban VARCHAR
);

-- One row per day of a forecast as it was made: cumulative receipts from open invoices, and balances.
CREATE TABLE forecast_day (
  change_id BIGINT NOT NULL, as_of DATE NOT NULL, currency VARCHAR NOT NULL, day DATE NOT NULL,
  receipts DECIMAL(18, 2) NOT NULL, receipts_p10 DECIMAL(18, 2) NOT NULL, receipts_p90 DECIMAL(18, 2) NOT NULL,
  scale DOUBLE NOT NULL,      -- the standard deviation before the program's own errors scale it
  open_total DECIMAL(18, 2) NOT NULL, balance_p10 DECIMAL(18, 2) NOT NULL, balance_p50 DECIMAL(18, 2) NOT NULL,
  balance_p90 DECIMAL(18, 2) NOT NULL
);
