/** "TwnL": tells a project from any other SQLite file. */
export const APPLICATION_ID = 0x54776e4c;

/** Version of the schema below; a project of a higher one was written by a newer program. */
export const SCHEMA_VERSION = 6;

/**
 * What a person decided. It hangs on contents' SHA-256, so that it outlives renames, moves, rescans, thresholds and
 * models.
 */
const DECISIONS = `
-- The mark of one file. NULL says that the file was left without one, so that it takes over nobody else's.
CREATE TABLE marks (
  sha256 BLOB NOT NULL,
  split TEXT NOT NULL,
  path BLOB NOT NULL,
  mark TEXT CHECK (mark IN ('keep', 'remove')),
  -- Highest file id that is known to have been there beside the file: only a later one can be the file, moved.
  known INTEGER NOT NULL,
  -- Highest file id when it was decided: who decided has not seen later ones.
  seen INTEGER NOT NULL DEFAULT 0,
  -- Whether the last decision about its cluster, as clusters were cut then, left none of it open.
  settled INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (sha256, split, path)
) STRICT, WITHOUT ROWID;

-- Contents that are not duplicates of each other, whatever their embeddings say.
CREATE TABLE not_duplicates (
  a BLOB NOT NULL,
  b BLOB NOT NULL,
  -- As in marks.
  seen INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (a, b),
  CHECK (a < b)
) STRICT, WITHOUT ROWID;

-- What was decided, step by step. Those undone can be done again until something else is decided.
CREATE TABLE decisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  label TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Rows of marks before and after a decision; "known" is NULL where there was or is no row.
CREATE TABLE mark_changes (
  decision INTEGER NOT NULL REFERENCES decisions (id),
  sha256 BLOB NOT NULL,
  split TEXT NOT NULL,
  path BLOB NOT NULL,
  mark_before TEXT,
  known_before INTEGER,
  mark_after TEXT,
  known_after INTEGER,
  PRIMARY KEY (decision, sha256, split, path)
) STRICT, WITHOUT ROWID;

-- Rows that a decision added to not_duplicates.
CREATE TABLE not_duplicates_changes (
  decision INTEGER NOT NULL REFERENCES decisions (id),
  a BLOB NOT NULL,
  b BLOB NOT NULL,
  PRIMARY KEY (decision, a, b)
) STRICT, WITHOUT ROWID;

CREATE INDEX files_by_content ON files (content);
`;

const LABELS = `
-- The label that a person said to be right for a file, whatever its folder is called.
CREATE TABLE right_labels (
  sha256 BLOB NOT NULL,
  split TEXT NOT NULL,
  path BLOB NOT NULL,
  label TEXT NOT NULL,
  PRIMARY KEY (sha256, split, path)
) STRICT, WITHOUT ROWID;

-- Rows of right_labels before and after a decision; NULL where there was or is no row.
CREATE TABLE label_changes (
  decision INTEGER NOT NULL REFERENCES decisions (id),
  sha256 BLOB NOT NULL,
  split TEXT NOT NULL,
  path BLOB NOT NULL,
  label_before TEXT,
  label_after TEXT,
  PRIMARY KEY (decision, sha256, split, path)
) STRICT, WITHOUT ROWID;
`;

const PAIRS = `
-- Every pair of nodes in which one is among the other's nearest, once, by (a, b). A row holds a long run of them in columns: "a" and
-- "b" as int32, three float64 and a byte. A row per pair, or per node, would take longer to read than all that is made of it.
CREATE TABLE pairs (
  response INTEGER NOT NULL REFERENCES responses (id),
  -- Runs in order.
  part INTEGER NOT NULL,
  a BLOB NOT NULL,
  b BLOB NOT NULL,
  similarity BLOB NOT NULL,
  distance BLOB NOT NULL,
  confidence BLOB NOT NULL,
  kind BLOB NOT NULL,
  PRIMARY KEY (response, part)
) STRICT;
`;

/** What version 3 lacks. Whoever decided had seen all that was known beside the file. */
const SINCE_3 = `
ALTER TABLE marks ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
UPDATE marks SET seen = min(known, coalesce((SELECT max(id) FROM files), 0));
ALTER TABLE not_duplicates ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
UPDATE not_duplicates SET seen = coalesce((SELECT max(id) FROM files), 0);
`;

/** What version 4 lacks. */
const SINCE_4 = "ALTER TABLE contents ADD COLUMN exif INTEGER;";

/** What version 5 lacks. */
const SINCE_5 = "ALTER TABLE marks ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;";

/** Since this version pairs are stored as they are now. */
const PAIRS_VERSION = 3;

/**
 * Brings a project of an older version up to this one: what was compared goes where it was stored in another way, what was computed
 * from images and what a person decided stays.
 */
export function upgradeFrom(version: number): string {
  return [
    version < PAIRS_VERSION &&
      `DROP TABLE pairs; DELETE FROM neighbors; DELETE FROM settings WHERE name = 'scan'; ${PAIRS}`,
    version < 2 ? DECISIONS : version < 4 && SINCE_3,
    version < 4 && LABELS,
    version < 5 && SINCE_4,
    version >= 2 && SINCE_5,
  ]
    .filter(Boolean)
    .join("\n");
}

/**
 * What is computed from pixels hangs on the content (its SHA-256) and the model (its digest), never on a path: a renamed or moved
 * file costs nothing, and nothing computed is ever thrown away by a scan.
 */
export const SCHEMA = `
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE splits (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  root TEXT NOT NULL,
  -- Order in which the splits were given; NULL for one that the last scan did not name.
  position INTEGER,
  protected INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A file that was seen once keeps its id, also while it is away.
CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  split INTEGER NOT NULL REFERENCES splits (id),
  path BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  present INTEGER NOT NULL,
  -- 'new': not looked into yet; 'image'; 'unreadable', with its reason; 'other': not an image and not named like one.
  state TEXT NOT NULL CHECK (state IN ('new', 'image', 'unreadable', 'other')),
  content INTEGER REFERENCES contents (id),
  reason TEXT,
  UNIQUE (split, path)
) STRICT;

-- Folders and links that could not be looked into by the last walk.
CREATE TABLE walk_problems (
  split INTEGER NOT NULL REFERENCES splits (id),
  path BLOB NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (split, path)
) STRICT, WITHOUT ROWID;

CREATE TABLE contents (
  id INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE,
  bytes INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  format TEXT NOT NULL,
  -- Digest of the pixels that the model saw: equal ones are one node of the search.
  input_digest BLOB NOT NULL,
  -- Digest of all pixels; NULL until it was needed.
  pixel_digest BLOB,
  signature BLOB NOT NULL,
  thumbnail BLOB,
  -- Number of entries of EXIF; NULL where an older version read the file.
  exif INTEGER
) STRICT;

CREATE TABLE responses (
  id INTEGER PRIMARY KEY,
  model TEXT NOT NULL,
  name TEXT NOT NULL,
  UNIQUE (model, name)
) STRICT;

-- One unit vector, float32 little-endian, per content and model output.
CREATE TABLE embeddings (
  content INTEGER NOT NULL REFERENCES contents (id),
  response INTEGER NOT NULL REFERENCES responses (id),
  vector BLOB NOT NULL,
  PRIMARY KEY (content, response)
) STRICT;

-- The nearest nodes of a node in one split, nearest first, as int32. A node is named by its first file.
CREATE TABLE neighbors (
  response INTEGER NOT NULL REFERENCES responses (id),
  node INTEGER NOT NULL REFERENCES files (id),
  split INTEGER NOT NULL REFERENCES splits (id),
  nearest BLOB NOT NULL,
  PRIMARY KEY (response, node, split)
) STRICT, WITHOUT ROWID;

${PAIRS}
${DECISIONS}
${LABELS}`;
