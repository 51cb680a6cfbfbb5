internal import FoundationEssentials

/// The current time in seconds since the Unix epoch.
func unixTime() -> Double {
  Date.now.timeIntervalSince1970
}
