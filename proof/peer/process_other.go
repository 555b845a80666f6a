//go:build !linux

package peer

import "time"

// process is unknown on this system.
type process struct{}

func processNamed(int, ...string) *process { return nil }

func parentNamed(int, string) *process { return nil }

func (p *process) cpu() (time.Duration, bool) { return 0, false }
