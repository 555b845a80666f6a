package catalog

import "context"

// Rebuild requests that the target of a sink is filled anew, by a process that reads
// the books after the position. No event stays parked: the rebuild reads the items that
// they were about.
func (d Sinks) Rebuild(ctx context.Context, tenant, name, position string) (Sink, error) {
	return d.change(ctx, "rebuild", tenant, name, func(w *write, s *Sink) (bool, error) {
		s.Rebuild, s.Position, s.OldestUnsent, s.Redeliver = true, position, Moment{}, nil
		return true, endAll(w, s.Tenant, s.Name)
	})
}

// rebuilt notes that a sink was filled anew. The relay that delivers it begins again
// at the position: the deliveries of meanwhile may have missed data that is there
// now.
func (s *Sink) rebuilt(w *write, was *Sink) error {
	s.Rebuild = false
	if err := endAll(w, s.Tenant, s.Name); err != nil {
		return err
	}
	return s.enter(w, was)
}
