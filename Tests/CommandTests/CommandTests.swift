import Testing

/// The command line from outside: the release binary is started as a user would start it, and judged by what
/// it prints, by its exit status and by what it leaves on the disk and in the system.
///
/// One test at a time, since a run wants the cores for itself. No test asserts how long anything takes; a
/// wait has a limit only so that a test ends. Whatever a test starts, it ends by its process number. All
/// traffic stays within processes and network namespaces of the runs.
@Suite(.serialized) enum CommandTests {}

/// The same of runs whose roles are on hosts of their own, or in processes that come and go: much of the time
/// they wait for each other, and so they are beside the others.
@Suite(.serialized) enum HostTests {}

/// The same of what starts no run, beside those that do.
@Suite(.serialized) enum StillTests {}
