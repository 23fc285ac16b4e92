// The schema of the state file and its history.
//
// Why steps: a daemon that is newer than its state file must bring the file forward without losing
// a budget. Each step is applied once, in order, in one transaction with the new version number.
// A step that has shipped is never edited; a change is a new step.
#pragma once

#include <array>

namespace fairlead::store {

struct SchemaStep {
  int version;  // PRAGMA user_version after this step
  const char* sql;
};

// AUTOINCREMENT keeps the greatest id ever written even when the rows are pruned, so that an act id
// is never used twice. Times are nanoseconds of wall time since 1970.
inline constexpr std::array<SchemaStep, 4> kSchemaSteps = {{{1, R"sql(
  CREATE TABLE act (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    kind           TEXT NOT NULL,
    state          TEXT NOT NULL,
    container      TEXT NOT NULL,
    started_at     TEXT NOT NULL,
    project        TEXT NOT NULL,
    service        TEXT NOT NULL,
    compose_number INTEGER NOT NULL,
    replica        TEXT NOT NULL,
    by_operator    INTEGER NOT NULL,
    actor          TEXT NOT NULL,
    cause          TEXT NOT NULL,
    permitted_at   INTEGER NOT NULL,
    finished_at    INTEGER,
    outcome        TEXT NOT NULL
  );
  CREATE INDEX act_by_time ON act (permitted_at);
  CREATE TABLE intent (
    project   TEXT NOT NULL,
    service   TEXT NOT NULL,
    replica   TEXT NOT NULL,
    container TEXT NOT NULL,
    kind      TEXT NOT NULL,
    actor     TEXT NOT NULL,
    reason    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (project, service, replica)
  ) WITHOUT ROWID;
)sql"},
                                                            {2, R"sql(
  CREATE TABLE event_cursor (
    only          INTEGER PRIMARY KEY CHECK (only = 1),
    engine        TEXT NOT NULL,
    boot          TEXT NOT NULL,
    last_event_ns INTEGER NOT NULL
  );
)sql"},
                                                            {3, R"sql(
  CREATE TABLE pause (
    scope   TEXT NOT NULL,
    project TEXT NOT NULL,
    service TEXT NOT NULL,
    replica TEXT NOT NULL,
    actor   TEXT NOT NULL,
    reason  TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (scope, project, service, replica)
  ) WITHOUT ROWID;
)sql"},
                                                            {4, R"sql(
  CREATE TABLE stopped_life (
    container  TEXT PRIMARY KEY,
    started_at TEXT NOT NULL,
    at         INTEGER NOT NULL
  ) WITHOUT ROWID;
)sql"}}};

inline constexpr int kSchemaVersion = kSchemaSteps.back().version;

}  // namespace fairlead::store
