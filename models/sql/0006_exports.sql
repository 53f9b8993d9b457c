-- One row per accounting export: what left, numbered, so that it is known and can be had again byte for byte.
CREATE TABLE export (
  export_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, number BIGINT NOT NULL, format VARCHAR NOT NULL,
  from_date DATE NOT NULL, to_date DATE NOT NULL, file_name VARCHAR NOT NULL, sha256 VARCHAR NOT NULL,
  rows BIGINT NOT NULL, content BLOB NOT NULL   -- zlib
);

-- One row per entry that an export took, so that a later one can leave it out or say that it was sent before.
CREATE TABLE exported_entry (
  export_id VARCHAR NOT NULL, change_id BIGINT NOT NULL, entry_id VARCHAR NOT NULL, digest VARCHAR NOT NULL
);
