package core

type cache struct{}

func (c *cache) init()                             {}
func (e *Engine) invalidatePage(page uint32)       {}
func (e *Engine) forget(addr uint32)               {}
func (e *Engine) run(s *State, budget uint64) Exit { return Exit{Reason: Undefined} }
func (e *Engine) step(s *State) Exit               { return Exit{Reason: Undefined} }
func (s *State) updateFP()                         {}
