import Catalog

/// Filters and orders with their texts: some are asked again and again, others once.
struct QuestionPool {
  typealias Filtering = (tree: FilterTree?, text: String)
  typealias Ordering = (order: RandomOrder?, text: String)

  private var queries: RandomQueries
  private var writer: FilterWriter
  private var filters: [Filtering] = [(nil, "")]
  private var orders: [Ordering] = [(nil, "")]

  init(_ random: inout Chance) {
    queries = RandomQueries(random: random.fork())
    writer = FilterWriter(random: random.fork())
    for _ in 0..<8 { filters.append(newFilter()) }
    for _ in 0..<5 { orders.append(newOrder()) }
    let revision = RandomOrder(fields: [RandomOrder.Field(field: .revision, isDescending: queries.random.one(in: 2))])
    orders.append((revision, revision.text(&queries.random)))
  }

  mutating func filter() -> Filtering { queries.random.one(in: 3) ? newFilter() : queries.random.pick(filters) }

  mutating func order() -> Ordering { queries.random.one(in: 4) ? newOrder() : queries.random.pick(orders) }

  private mutating func newFilter() -> Filtering {
    let tree = queries.filter()
    return (tree, writer.text(tree))
  }

  private mutating func newOrder() -> Ordering {
    let order = queries.order()
    return (order, order.text(&queries.random))
  }
}
