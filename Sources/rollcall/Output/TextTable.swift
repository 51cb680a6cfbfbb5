/// A table of text columns, each as wide as its widest cell, with lines of notes between the rows.
struct TextTable {
  struct Column {
    var title: String
    var isNumber = false
    /// The least width in cells while there is room, so that columns stay in place when their contents change.
    var least = 0
  }

  private enum Row {
    case cells([String])
    /// A line below the previous row.
    case note(String, indent: Int)
  }

  /// The least width of the first column, in cells. Before it becomes narrower, the table leaves out columns, the last
  /// first.
  private static let leastFirst = 12

  private let columns: [Column]
  private var rows: [Row] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Appends a row, with one cell per column.
  mutating func append(_ row: [String]) {
    rows.append(.cells(row.map(Formatted.text)))
  }

  /// Appends a note below the last row; a note that is too long takes several lines.
  mutating func note(_ text: String, indent: Int) {
    rows.append(.note(Formatted.text(text), indent: indent))
  }

  /// The lines as a text, each with a line break at its end.
  func text(width: Int? = nil, paint: (_ cell: String, _ padded: String) -> String = { $1 }) -> String {
    lines(width: width, paint: paint).map { $0 + "\n" }.joined()
  }

  /// The lines, a title line first, all without trailing spaces. `width`: cells of the terminal; nil: no limit. When
  /// the room is too small, columns are one space apart instead of two, then long texts in the first column lose their
  /// middles, then the last columns go. `paint` may wrap a padded cell in codes that take no room on screen.
  func lines(width: Int? = nil, paint: (_ cell: String, _ padded: String) -> String = { $1 }) -> [String] {
    let layout = layout(width)
    let titles = line(columns.map(\.title), layout) { $1 }
    return [titles]
      + rows.flatMap { row in
        switch row {
        case .cells(let cells):
          return [line(cells, layout, paint)]
        case .note(let text, let indent):
          let room = width.map { max(1, $0 - indent) } ?? .max
          return text.wrapped(room).map { String(repeating: " ", count: indent) + $0 }
        }
      }
  }

  private struct Layout {
    var widths: [Int]
    var gap = 2
    /// The width of all columns with the gaps between them, in cells.
    var total: Int { widths.reduce(0, +) + gap * (widths.count - 1) }
  }

  private func layout(_ width: Int?) -> Layout {
    var layout = Layout(widths: columns.map { max($0.least, CellWidth.of($0.title)) })
    for case .cells(let cells) in rows {
      for (index, cell) in cells.enumerated() { layout.widths[index] = max(layout.widths[index], CellWidth.of(cell)) }
    }
    guard let width, layout.total > width else { return layout }
    layout.gap = 1
    while layout.widths.count > 1, layout.total - layout.widths[0] + Self.leastFirst > width {
      layout.widths.removeLast()
    }
    layout.widths[0] = max(1, min(layout.widths[0], layout.widths[0] - (layout.total - width)))
    return layout
  }

  private func line(_ cells: [String], _ layout: Layout, _ paint: (String, String) -> String) -> String {
    var out = ""
    for (index, width) in layout.widths.enumerated() {
      let cell = index == 0 ? cells[0].shortened(width) : cells[index]
      let isLast = index == layout.widths.count - 1
      let padding = String(repeating: " ", count: width - CellWidth.of(cell))
      let padded = columns[index].isNumber ? padding + cell : isLast ? cell : cell + padding
      out += (index > 0 ? String(repeating: " ", count: layout.gap) : "") + paint(cell, padded)
    }
    // Empty cells at the end leave trailing spaces.
    while out.last == " " { out.removeLast() }
    return out
  }
}
