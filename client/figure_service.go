package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// ServiceFigures shows how the answering node has served calls, and the progress of sinks.
type ServiceFigures struct {
	StartedAt  time.Time
	SinceStart ServiceSpan
	Recent     ServiceSpan // the last five minutes, or since the start
	Sinks      []SinkFigures
}

// ServiceSpan shows how a node has served calls over some time. A call that only reads is a query,
// any other a write; a batch is one call.
type ServiceSpan struct {
	Lasted                            time.Duration
	Queries, Writes, Conflicts        int64
	QueriesPerSecond, WritesPerSecond float64
	ConflictRate                      *float64 // nil: there were no writes
	Operations                        []OperationFigures
}

// OperationFigures are the calls of one operation. Times are nil for streams and watches.
type OperationFigures struct {
	Operation     string // Reserve
	Write         bool
	Calls         int64
	PerSecond     float64
	P50, P95, P99 *float64 // milliseconds
}

// SinkFigures is how much of the due events a sink has delivered.
type SinkFigures struct {
	Name           string
	Delivered, Due int64
	DeliveryRate   *float64 // nil: nothing was due
}

// Service shows how the answering node has served calls. It needs an administrator's key.
func (s *FigureService) Service(ctx context.Context) (*ServiceFigures, error) {
	return askOne(ctx, s.c, "service figures", s.stub.GetServiceFigures, &holdfastv1.GetServiceFiguresRequest{}, serviceFiguresOf)
}

func serviceFiguresOf(m *holdfastv1.ServiceFigures) ServiceFigures {
	return ServiceFigures{
		StartedAt: timeOf(m.GetStartedAt()), SinceStart: serviceSpanOf(m.GetSinceStart()), Recent: serviceSpanOf(m.GetRecent()),
		Sinks: each(m.GetSinks(), func(k *holdfastv1.SinkFigures) SinkFigures {
			return SinkFigures{Name: k.GetName(), Delivered: k.GetDelivered(), Due: k.GetDue(), DeliveryRate: k.DeliveryRate}
		}),
	}
}

func serviceSpanOf(m *holdfastv1.ServiceSpan) ServiceSpan {
	return ServiceSpan{
		Lasted:  time.Duration(m.GetSeconds() * float64(time.Second)),
		Queries: m.GetQueries(), Writes: m.GetWrites(), Conflicts: m.GetConflicts(),
		QueriesPerSecond: m.GetQueriesPerSecond(), WritesPerSecond: m.GetWritesPerSecond(), ConflictRate: m.ConflictRate,
		Operations: each(m.GetOperations(), func(o *holdfastv1.OperationFigures) OperationFigures {
			return OperationFigures{
				Operation: o.GetOperation(), Write: o.GetWrite(), Calls: o.GetCalls(), PerSecond: o.GetPerSecond(),
				P50: o.P50Ms, P95: o.P95Ms, P99: o.P99Ms,
			}
		}),
	}
}
