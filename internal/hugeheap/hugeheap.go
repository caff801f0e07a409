// Package hugeheap puts the part of the heap that every start fills onto huge pages, where the system has them. It is imported
// for that effect alone.
//
// A start touches some 500 pages of 4 KiB for the first time, one page fault each. In a virtual machine a fault can cost as
// much as 15 µs (measured; without one it is below 1 µs), and an editor waits for all of them together. Two calls replace most.
//
// Packages are initialized in the order of their import paths, as far as their imports allow it. This one is early because it
// imports next to nothing, and has to stay that way.
package hugeheap
