//go:build unix && !linux

package core

const mapNoReserve = 0 // private anonymous memory is not charged until it is touched

// discard: no portable advice promises zeros afterwards.
func discard([]byte) bool { return false }
