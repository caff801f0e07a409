// Package engine measures the ARM engine beside qemu-arm: three freestanding programs of our own (integer, hash,
// float) run in both, and the benchmark prints guest instructions per second and the ratio.
//
//	go test -bench . -benchtime 3x ./bench/engine
//
// The package holds benchmarks and the test that both compute the same; nothing imports it.
package engine
