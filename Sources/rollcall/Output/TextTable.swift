/// Columns of text, as wide as their widest cell, and lines between them.
struct TextTable {
  struct Column {
    var title: String
    var isNumber = false
    /// The least width in cells where there is room, so that columns stay in place while their content changes.
    var least = 0
  }

  private enum Row {
    case cells([String])
    /// A line under the row before.
    case note(String, indent: Int)
  }

  /// The least width of the first column in cells. Before it becomes narrower, columns are left out, the last one first.
  private static let leastFirst = 12

  private let columns: [Column]
  private var rows: [Row] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  /// One cell per column.
  mutating func append(_ row: [String]) {
    rows.append(.cells(row.map(Formatted.text)))
  }

  /// A line of its own under the last row, over several where it is too long.
  mutating func note(_ text: String, indent: Int) {
    rows.append(.note(Formatted.text(text), indent: indent))
  }

  /// The lines, each ended by a line break.
  func text(width: Int? = nil, paint: (_ cell: String, _ padded: String) -> String = { $1 }) -> String {
    lines(width: width, paint: paint).map { $0 + "\n" }.joined()
  }

  /// A title line first, all without spaces at their ends. `width`: cells of the terminal; nil does not limit it.
  /// Where there is too little room, columns are one space apart instead of two, the middles of long texts in the first
  /// column go, then the last columns. `paint` may wrap a padded cell in codes that take no room on screen.
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
    /// All columns with the gaps between them.
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
    // The last cells may be empty.
    while out.last == " " { out.removeLast() }
    return out
  }
}
