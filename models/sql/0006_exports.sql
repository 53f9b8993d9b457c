-- One row per accounting export: what left, numbered, so that it is known and can be had again byte for byte.
CREATE TABLE export (
  export_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, number BIGINT NOT NULL, format VARCHAR NOT NULL,
  from_date DATE NOT NULL, to_date DATE NOT NULL, file_name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL,
  rows BIGINT NOT NULL, content BLOB NOT NULL,  -- zlib
  entries BLOB NOT NULL                         -- zlib of CSV: the lines as they were, to take one back by
);

-- One row per entry that an export took, so that a later one can leave it out or say that it was sent before. Without a
-- digest: the export took it back. The number is the one that it had there, in its journal.
CREATE TABLE exported_entry (
  export_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, format VARCHAR NOT NULL, entry_id VARCHAR NOT NULL,
  entry_date DATE NOT NULL, journal VARCHAR NOT NULL, number BIGINT NOT NULL, digest VARCHAR
);

-- One row per code that left for the first time, so that it stays: of a client, or of what is lettered together.
CREATE TABLE exported_code (
  export_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, kind VARCHAR NOT NULL, owner VARCHAR NOT NULL,
  client_id VARCHAR NOT NULL, code VARCHAR NOT NULL, CHECK (kind IN ('client', 'lettering'))
);
