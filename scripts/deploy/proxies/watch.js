// Follows Rollcall's list in a web page: calls take(type, data) for each event, and returns a function that ends it.
//
// A browser opens a lost EventSource again by itself, and resumes. But after an answer other than 200, such as a proxy's 502
// while a server restarts, it gives up for good. Then this makes a new one, from the last revision that came.
function watchModels(url, take) {
  let source, timer, pause = 1000, revision = '', hasBegun = false
  const open = () => {
    const address = new URL(url, location.href)
    address.searchParams.set('watch', 'true')
    if (revision) address.searchParams.set('start_revision', revision)
    // Nothing to resume from: the whole list comes again.
    else if (hasBegun) take('RESET', {})
    hasBegun = true
    source = new EventSource(address)
    for (const type of ['ADDED', 'MODIFIED', 'REMOVED', 'SYNCED', 'RESET']) {
      source.addEventListener(type, event => {
        pause = 1000
        revision = type === 'RESET' ? '' : event.lastEventId
        take(type, JSON.parse(event.data))
      })
    }
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return
      timer = setTimeout(open, pause * (0.5 + Math.random()))
      pause = Math.min(2 * pause, 30000)
    }
  }
  open()
  return () => { clearTimeout(timer); source.close() }
}
