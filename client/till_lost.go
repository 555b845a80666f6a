package client

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// LostBooking selects which of a till's lost entries to book.
type LostBooking struct {
	Epoch     string // the pairing of the file; empty: all files of the till
	Note      string // why, for the cases and the journal
	PageSize  int
	PageToken string
}

// BookedLost is the outcome for a page of the cases.
type BookedLost struct {
	Booked  int64 // cases that are settled now
	Waiting int64 // cases of entries that may still arrive, or of an order that a till keeps
	Refused []RefusedLost
	// NextPageToken is empty on the last page.
	NextPageToken string
}

// RefusedLost is a case that is not booked, and why.
type RefusedLost struct {
	CaseID string
	Code   Code
	Detail string
}

// BookLost books what a till's file did that is not in the books, as Cases.Decide does for each case. It handles
// a page of the cases lost_line of the till, the oldest first. It never books an entry twice.
func (s *TillService) BookLost(ctx context.Context, tillID string, b LostBooking) (*BookedLost, error) {
	return askOne(ctx, s.c, "book_lost", s.stub.BookLost, &holdfastv1.BookLostRequest{
		TillId: tillID, Epoch: b.Epoch, Note: b.Note, PageSize: size(b.PageSize), PageToken: b.PageToken,
	}, func(m *holdfastv1.BookLostResponse) BookedLost {
		return BookedLost{
			Booked: m.GetBooked(), Waiting: m.GetWaiting(), NextPageToken: m.GetNextPageToken(),
			Refused: each(m.GetRefused(), func(r *holdfastv1.RefusedLost) RefusedLost {
				return RefusedLost{CaseID: r.GetCaseId(), Code: Code(r.GetCode()), Detail: r.GetDetail()}
			}),
		}
	})
}
