// Database and Statement: SQLite with Result instead of return codes, and nothing more.
//
// Threads: one at a time (opened without SQLite's own mutexes).
// Errors: kFailedPrecondition when the file cannot be written or opened (full disk, read-only, no
// permission, locked by another process), kDataLoss when its content is unreadable, kInternal for
// wrong SQL of our own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace fairlead::store {

// One prepared statement. Parameters count from 1 and columns from 0, as in SQLite.
class Statement {
 public:
  Statement(sqlite3* database, sqlite3_stmt* statement);

  void Bind(int parameter, std::int64_t value);
  void Bind(int parameter, std::string_view text);  // copied
  void Bind(int parameter, std::optional<std::int64_t> value);

  // True when there is a row, false at the end.
  Result<bool> Step();
  // Runs a statement that gives no rows, and makes it ready for new parameters.
  Result<> Run();

  std::int64_t Integer(int column) const;
  std::optional<std::int64_t> OptionalInteger(int column) const;
  std::string Text(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Database {
 public:
  // Opens an existing file for reading and writing.
  static Result<Database> Open(const std::filesystem::path& file);

  // Runs one or more statements and ignores their rows.
  Result<> Execute(const char* sql);
  Result<Statement> Prepare(const char* sql);
  // The first column of the first row as a number or as text.
  Result<std::int64_t> QueryInteger(const char* sql);
  Result<std::string> QueryText(const char* sql);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}

  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace fairlead::store
