package kit

import (
	"context"

	"holdfast.dev/holdfast/internal/view"
)

// maxRead bounds the entries of the journal that one answer reads.
const maxRead = 100_000

// ForEachEntry gives the entries of the tenant that the query selects, newest first. They
// include all entries booked before the call. It refuses more than maxRead entries, and
// names field, in which the caller gave the beginning.
func (s *Source) ForEachEntry(ctx context.Context, q view.EntryQuery, field string, do func(*view.Entry) error) error {
	q.Tenant, q.PageSize = s.Call.Tenant, view.MaxPageSize
	for n := 0; ; {
		page, err := s.Entries(ctx, q)
		switch {
		case err != nil:
			return BadPage(err)
		case page.Stale:
			return Unavailable("the journal has not caught up with the books yet", nil)
		}
		for i := range page.Entries {
			if err := do(&page.Entries[i]); err != nil {
				return err
			}
		}
		if q.PageToken = page.NextPageToken; q.PageToken == "" {
			return nil
		}
		if n += len(page.Entries); n >= maxRead {
			return Invalid(field, "is more than %d changes ago", maxRead)
		}
	}
}
