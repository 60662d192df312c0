/** "TwnL". Distinguishes a project from any other SQLite file. */
export const APPLICATION_ID = 0x54776e4c;

/** Version of the schema below. A newer program wrote a project with a higher version. */
export const SCHEMA_VERSION = 7;

/** What a person decided. It refers to contents by SHA-256, and therefore survives renames, rescans, thresholds and models. */
const DECISIONS = `
-- The mark of one file. NULL: the file was deliberately left unmarked and does not inherit the mark of a vanished copy.
CREATE TABLE marks (
  sha256 BLOB NOT NULL,
  split TEXT NOT NULL,
  path BLOB NOT NULL,
  mark TEXT CHECK (mark IN ('keep', 'remove')),
  -- Highest file id that existed at the same time as the file. Only a file with a higher id can be this file, moved.
  known INTEGER NOT NULL,
  -- Highest file id at the time of the decision. The person had not seen files with a higher id.
  seen INTEGER NOT NULL DEFAULT 0,
  -- 1 if the last decision about its cluster left no image of that cluster undecided.
  settled INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (sha256, split, path)
) STRICT, WITHOUT ROWID;

-- Pairs of contents that a person rejected: they are not duplicates, whatever their embeddings say.
CREATE TABLE not_duplicates (
  a BLOB NOT NULL,
  b BLOB NOT NULL,
  -- As in marks.
  seen INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (a, b),
  CHECK (a < b)
) STRICT, WITHOUT ROWID;

-- The undo history, one row per decision. Undone decisions can be redone until the next decision.
CREATE TABLE decisions (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  label TEXT NOT NULL,
  undone INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Rows of marks before and after a decision; "known" is NULL where there is no row.
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
-- The correct label of a file according to a person; it overrides the name of the file's folder.
CREATE TABLE right_labels (
  sha256 BLOB NOT NULL,
  split TEXT NOT NULL,
  path BLOB NOT NULL,
  label TEXT NOT NULL,
  PRIMARY KEY (sha256, split, path)
) STRICT, WITHOUT ROWID;

-- Rows of right_labels before and after a decision; NULL where there is no row.
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
-- Every pair of nodes of which one is among the other's nearest neighbors, once, sorted by (a, b). Each row holds up to 65,536
-- consecutive pairs as columns: "a" and "b" int32, then three float64 columns, then one byte each. One row per pair reads too slowly.
CREATE TABLE pairs (
  response INTEGER NOT NULL REFERENCES responses (id),
  -- Order of the rows, from 0.
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

/** Added after version 3. A person who decided had seen every file up to "known". */
const SINCE_3 = `
ALTER TABLE marks ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
UPDATE marks SET seen = min(known, coalesce((SELECT max(id) FROM files), 0));
ALTER TABLE not_duplicates ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
UPDATE not_duplicates SET seen = coalesce((SELECT max(id) FROM files), 0);
`;

/** Added after version 4. */
const SINCE_4 = "ALTER TABLE contents ADD COLUMN exif INTEGER;";

/** Added after version 5. */
const SINCE_5 = "ALTER TABLE marks ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;";

const SKIPPED_FOLDERS = `
-- System folders that the last walk did not look into.
CREATE TABLE skipped_folders (
  split INTEGER NOT NULL REFERENCES splits (id),
  path BLOB NOT NULL,
  files INTEGER NOT NULL,
  PRIMARY KEY (split, path)
) STRICT, WITHOUT ROWID;
`;

/** Added after version 6. Without a change time, every file is read again. */
const SINCE_6 = `
ALTER TABLE files ADD COLUMN changed_ns INTEGER;
ALTER TABLE files ADD COLUMN inode INTEGER;
ALTER TABLE splits ADD COLUMN other_names INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN other_names INTEGER NOT NULL DEFAULT 0;
ALTER TABLE files ADD COLUMN linked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contents ADD COLUMN damage TEXT;
ALTER TABLE splits ADD COLUMN folders TEXT;
${SKIPPED_FOLDERS}`;

/** The first version that stores pairs in columns. */
const PAIRS_VERSION = 3;

/**
 * SQL that upgrades a project from an older version. Decisions and everything computed from pixels are kept; neighbors and pairs in an
 * older format are dropped, and the next scan computes them again.
 */
export function upgradeFrom(version: number): string {
  return [
    version < PAIRS_VERSION &&
      `DROP TABLE pairs; DELETE FROM neighbors; DELETE FROM settings WHERE name = 'scan'; ${PAIRS}`,
    version < 2 ? DECISIONS : version < 4 && SINCE_3,
    version < 4 && LABELS,
    version < 5 && SINCE_4,
    version >= 2 && version < 6 && SINCE_5,
    SINCE_6,
  ]
    .filter(Boolean)
    .join("\n");
}

/**
 * Everything computed from pixels belongs to a content (SHA-256) and a model (digest), never to a path. Renaming or moving a file
 * therefore costs nothing, and a scan never discards computed results.
 */
export const SCHEMA = `
-- What data/settings.ts reads and writes, as JSON by name.
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE splits (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  root TEXT NOT NULL,
  -- Folders below the root that hold the split's images, as JSON; NULL for the whole root.
  folders TEXT,
  -- Order in which the last scan named the splits, from 0; NULL for a split that it did not name.
  position INTEGER,
  -- 1: no file of this split is ever removed.
  protected INTEGER NOT NULL DEFAULT 0,
  -- Links and hard links to files of the split that are counted by another path.
  other_names INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Every file that a scan ever saw. A file keeps its id while it is missing.
CREATE TABLE files (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  split INTEGER NOT NULL REFERENCES splits (id),
  -- Relative to the split's folder, as the bytes on disk.
  path BLOB NOT NULL,
  bytes INTEGER NOT NULL,
  modified_ns INTEGER NOT NULL,
  -- Time of the last change of content or attributes, and inode; NULL if unknown.
  changed_ns INTEGER,
  inode INTEGER,
  -- Other paths in the splits that lead to the same file.
  other_names INTEGER NOT NULL DEFAULT 0,
  -- 1 if the path leads through a symbolic link.
  linked INTEGER NOT NULL DEFAULT 0,
  -- 1 if the last walk found the file and it was not removed since.
  present INTEGER NOT NULL,
  -- 'new': not read yet; 'image'; 'unreadable': see reason; 'other': not an image and not named like one.
  state TEXT NOT NULL CHECK (state IN ('new', 'image', 'unreadable', 'other')),
  content INTEGER REFERENCES contents (id),
  reason TEXT,
  UNIQUE (split, path)
) STRICT;

-- Folders and links that the last walk could not read.
CREATE TABLE walk_problems (
  split INTEGER NOT NULL REFERENCES splits (id),
  path BLOB NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (split, path)
) STRICT, WITHOUT ROWID;

${SKIPPED_FOLDERS}
-- One row per distinct file content.
CREATE TABLE contents (
  id INTEGER PRIMARY KEY,
  sha256 BLOB NOT NULL UNIQUE,
  bytes INTEGER NOT NULL,
  -- Upright, in pixels.
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  format TEXT NOT NULL,
  -- Digest of the model's input. Contents with equal digests, and equal pixel digests, are one node of the neighbor search.
  input_digest BLOB NOT NULL,
  -- Digest of all that the file stores as pictures; NULL until it is needed.
  pixel_digest BLOB,
  -- What scan/evidence compares.
  signature BLOB NOT NULL,
  -- JPEG; NULL if no report shows it.
  thumbnail BLOB,
  -- Number of EXIF entries; NULL if an older version read the file.
  exif INTEGER,
  -- What is wrong with an image that decodes nevertheless; '' if nothing is; NULL if an older version read it.
  damage TEXT
) STRICT;

-- Model outputs. The table keeps the name that older versions gave them.
CREATE TABLE responses (
  id INTEGER PRIMARY KEY,
  -- SHA-256 of the ONNX file.
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

-- A node's nearest neighbors in one split, nearest first, as int32. A node is identified by the id of its first file.
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
