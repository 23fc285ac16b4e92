#include "cli/table.h"

#include <algorithm>
#include <string_view>

#include "base/check.h"
#include "base/text.h"

namespace fairlead::cli {
namespace {

constexpr std::size_t kGap = 2;
constexpr std::size_t kColumnWidthMin = 8;
constexpr std::size_t kCellBytesMax = 400;
// Two texts of the API side by side; they are of 512 bytes at most.
constexpr std::size_t kWrappedBytesMax = 2048;

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

// Code points of valid UTF-8; wide and combining characters are rare in names and count as one.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsContinuation(c); }));
}

std::string CutTo(const std::string& text, std::size_t width) {
  if (Width(text) <= width) return text;
  std::size_t kept = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    if (!IsContinuation(text[bytes]) && kept++ == width - 3) break;
    ++bytes;
  }
  return text.substr(0, bytes) + "...";
}

void Shrink(std::vector<std::size_t>& widths, std::size_t columns_max) {
  std::size_t total = kGap * (widths.size() - 1);
  for (const std::size_t width : widths) total += width;
  while (total > columns_max) {
    const auto widest = std::max_element(widths.begin() + 1, widths.end());
    if (widest == widths.end() || *widest <= kColumnWidthMin) return;
    --*widest;
    --total;
  }
}

std::string RenderRow(const std::vector<Cell>& cells, const std::vector<std::size_t>& widths,
                      bool is_coloured) {
  std::string line;
  std::size_t blanks = 0;  // written before the next cell that has text
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const std::string text = CutTo(cells[i].text, widths[i]);
    if (!text.empty()) {
      line += std::string(blanks, ' ') + Coloured(text, cells[i].colour, is_coloured);
      blanks = 0;
    }
    blanks += widths[i] - Width(text) + kGap;
  }
  return line + "\n";
}

}  // namespace

std::string Wrapped(const std::string& text, Wrap wrap) {
  CHECK(wrap.indent < wrap.columns_max && wrap.used < wrap.columns_max);
  std::string lines;
  std::size_t used = wrap.used;
  bool is_first = true;  // on its line
  const auto begin_line = [&] {
    lines += "\n" + std::string(wrap.indent, ' ');
    used = wrap.indent;
    is_first = true;
  };
  std::string rest = Printable(text, kWrappedBytesMax);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    std::string word = rest.substr(0, end);
    rest.erase(0, std::min(end + 1, rest.size()));
    if (word.empty()) continue;
    if (!is_first && used + 1 + Width(word) > wrap.columns_max) begin_line();
    if (!is_first) {
      lines += ' ';
      ++used;
    }
    while (used + Width(word) > wrap.columns_max) {
      std::size_t bytes = 0;
      for (std::size_t fits = wrap.columns_max - used; bytes < word.size(); ++bytes) {
        if (!IsContinuation(word[bytes]) && fits-- == 0) break;
      }
      lines += word.substr(0, bytes);
      word.erase(0, bytes);
      begin_line();
    }
    lines += word;
    used += Width(word);
    is_first = false;
  }
  return lines;
}

std::string Coloured(const std::string& text, Colour colour, bool is_on) {
  if (!is_on || colour == Colour::kNone) return text;
  const char* code = colour == Colour::kGood ? "32" : colour == Colour::kBad ? "31" : "2";
  return "\x1b[" + std::string(code) + "m" + text + "\x1b[0m";
}

std::string RenderTable(const std::vector<std::string>& heading,
                        const std::vector<std::vector<Cell>>& rows, TableStyle style) {
  std::vector<std::vector<Cell>> lines(1);
  for (const std::string& title : heading) lines[0].push_back({title, Colour::kNone});
  for (const auto& row : rows) {
    CHECK(row.size() == heading.size());
    lines.push_back(row);
    for (Cell& cell : lines.back()) cell.text = Printable(cell.text, kCellBytesMax);
  }
  std::vector<std::size_t> widths(heading.size(), 0);
  for (const auto& line : lines) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], Width(line[i].text));
    }
  }
  Shrink(widths, style.columns_max);
  std::string text;
  for (const auto& line : lines) text += RenderRow(line, widths, style.colour);
  return text;
}

}  // namespace fairlead::cli
