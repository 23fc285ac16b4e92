// Table: rows of text as aligned columns of at most so many terminal columns. Pure.
//
// Cells are made printable, so no name can move the cursor or forge a row. When the rows are too
// wide, the widest columns are cut first, with "..." at the end; the first column never, for it
// holds the name that people copy into the next command.
#pragma once

#include <string>
#include <vector>

namespace fairlead::cli {

inline constexpr std::size_t kColumnsMax = 100;

enum class Colour { kNone, kGood, kBad, kFaint };

struct Cell {
  std::string text;
  Colour colour = Colour::kNone;
};

struct TableStyle {
  bool colour = false;  // escape sequences; only for a terminal
  std::size_t columns_max = kColumnsMax;
};

// `heading` and every row have the same number of cells. Lines end without trailing blanks.
std::string RenderTable(const std::vector<std::string>& heading,
                        const std::vector<std::vector<Cell>>& rows, TableStyle style);

// `text` made printable, broken at blanks into lines of at most `columns_max` columns. Every line
// but the first begins with `indent` blanks; of the first `used` columns are taken already. A word
// that fits no line is broken. Ends without a line end. REQUIRES: indent, used < columns_max.
struct Wrap {
  std::size_t indent = 0;
  std::size_t used = 0;
  std::size_t columns_max = kColumnsMax;
};
std::string Wrapped(const std::string& text, Wrap wrap);

// `text` in `colour`, or as it is.
std::string Coloured(const std::string& text, Colour colour, bool is_on);

}  // namespace fairlead::cli
