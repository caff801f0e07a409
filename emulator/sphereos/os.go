// Package sphereos is the emulated device's operating system as the world outside its apps sees it: boot, the app
// manager, what an app may do by its packaged manifest, the REST service and the debug ports, the device log.
//
// Nothing runs before package secmon has verified it, and nothing outlives power but through package flash. The package
// must not know how programs are executed: it hands a LaunchSpec to a Launcher and gets a Process. Time, randomness and
// the cores come from outside.
//
// Locking: OS.ops serialises operations (install, start, stop, delete) and may be held while waiting for a process;
// OS.mu guards the fields and is never held while something outside the package is called. What a process calls back
// (Output, Policy) takes neither for longer than it takes to append to a queue.
package sphereos
