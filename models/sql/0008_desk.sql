-- What the accountant's desk keeps: provisions on doubtful receivables, closed periods, exchange rates.

-- One row per person's word on the provision of an invoice; the last live one by date holds. A null rate gives it back to
-- the rates by age.
CREATE TABLE provision (
  document_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, on_date DATE NOT NULL,
  rate DECIMAL(9, 4),         -- of the outstanding without VAT; 0.5000 is 50 %
  note VARCHAR
);

-- One row per day up to which a person closed the books; the last live one holds, null opens them again.
CREATE TABLE period_lock (change_id BIGINT NOT NULL, locked_to DATE, note VARCHAR);

-- One row per exchange rate of a day: units of that currency for one euro, as the ECB publishes them.
CREATE TABLE exchange_rate (
  change_id BIGINT NOT NULL, currency VARCHAR NOT NULL, rate_date DATE NOT NULL, rate DECIMAL(18, 8) NOT NULL
);

-- What the transfer file that orders the payment of a supplier invoice asks for.
ALTER TABLE payment_choice ADD COLUMN ordered_amount DECIMAL(18, 2);
