package client

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// LostBooking says what of a till's lost entries is booked.
type LostBooking struct {
	Epoch     string // the pairing of the file; empty: all files of the till
	Note      string // why, for the cases and the journal
	PageSize  int
	PageToken string
}

// BookedLost is what became of a page of the cases.
type BookedLost struct {
	Booked  int64 // cases that are settled now
	Waiting int64 // cases of what may still come by itself, or of an order that a till keeps
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

// BookLost books what a till's file did that is not in the books, as Cases.Decide does case by case:
// a page of the cases lost_line of the till, the oldest first. What was booked before is not booked again.
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
