package server

// FileCalls are the names of the calls about files.
func (s *Server) FileCalls() []string {
	var all []string
	for _, m := range s.files.methods() {
		all = append(all, m.Name)
	}
	return all
}

// Stays is how many callers stay: those of streams and files on their way.
func (s *Server) Stays() int {
	s.stays.mu.Lock()
	defer s.stays.mu.Unlock()
	return len(s.stays.open)
}
