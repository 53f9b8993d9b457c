-- Of a part of a receipt that came back: the invoice whose payment it was; null where the whole came back.
ALTER TABLE refund ADD COLUMN document_id VARCHAR;
