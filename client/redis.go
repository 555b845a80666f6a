package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// RedisService sets which items sell through Redis, and shows their state. A server that does not
// use Redis keeps the rules and refuses the other calls with ErrInvalidState.
type RedisService struct {
	c    *caller
	stub holdfastv1.RedisServiceClient
}

// RedisList is a list that decides which items sell through Redis.
type RedisList string

// The lists, in the order in which the server checks them. An item sells through Redis when none of the first
// three names it and the last one does.
const (
	RedisForbidden RedisList = "forbidden"
	RedisBatch     RedisList = "batch"
	RedisPledged   RedisList = "pledged"
	RedisAllowed   RedisList = "allowed"
)

// RedisScope identifies an entry of a list by what it names.
type RedisScope struct {
	List       RedisList
	ProductID  string // empty: any
	LocationID string // empty: any
}

// RedisRule is an entry of a list. If several entries of the list allowed name an item, the most specific applies.
type RedisRule struct {
	RedisScope
	// Percent is the share of the named items that sell through Redis, 1 to 100; nil: all. Percent and Floor
	// apply to the list allowed only.
	Percent *int64
	// Floor is how many units of each item stay in the ledger.
	Floor int64
	// Shadow means that the ledger sells the items and Redis is only tried out with them. It applies to the list
	// allowed only.
	Shadow bool
	// UpdatedAt is when it was set. SetRule ignores UpdatedAt, CutBack and CutBackAt.
	UpdatedAt time.Time
	// CutBack is why the server took its items back from Redis on its own; empty: it did not.
	CutBack   string
	CutBackAt time.Time
}

// RedisRuleList chooses rules, and how many at a time.
type RedisRuleList struct {
	ProductID, LocationID string // both: the rules that name this item
	PageSize              int
	PageToken             string
}

// SetRule stores an entry of a list, and clears its cut-back. To set the same again changes nothing.
func (s *RedisService) SetRule(ctx context.Context, r RedisRule) (*RedisRule, error) {
	q := &holdfastv1.SetRedisRuleRequest{List: string(r.List), LocationId: r.LocationID, ProductId: r.ProductID, Percent: r.Percent, Shadow: r.Shadow}
	if r.List == RedisAllowed || r.Floor != 0 {
		q.Floor = &r.Floor
	}
	return askOne(ctx, s.c, "set_redis_rule", s.stub.SetRedisRule, q, redisRuleOf)
}

// Rules reads a page of the entries of all lists, ordered by list, location and product.
func (s *RedisService) Rules(ctx context.Context, q RedisRuleList) (*Page[RedisRule], error) {
	return askPage(ctx, s.c, "redis_rules", s.stub.ListRedisRules, &holdfastv1.ListRedisRulesRequest{
		ProductId: q.ProductID, LocationId: q.LocationID, PageSize: size(q.PageSize), PageToken: q.PageToken,
	}, redisRuleOf)
}

// DropRule deletes an entry. To delete it again changes nothing.
func (s *RedisService) DropRule(ctx context.Context, of RedisScope) error {
	_, _, err := ask(ctx, s.c, "drop_redis_rule", s.stub.DeleteRedisRule, &holdfastv1.DeleteRedisRuleRequest{
		List: string(of.List), LocationId: of.LocationID, ProductId: of.ProductID,
	})
	return err
}

// RedisState says where an item sells.
type RedisState string

// The states of an item.
const (
	RedisOff     RedisState = "off"     // the ledger sells it
	RedisOpening RedisState = "opening" // nobody sells it until Redis has its units
	RedisOpen    RedisState = "open"    // Redis sells it
	RedisSealed  RedisState = "sealed"  // the books take over the sales of Redis, then the ledger sells it
)

// RedisItem is the state of an item that sells through Redis, or did.
type RedisItem struct {
	ProductID, LocationID string
	State                 RedisState
	Epoch                 int64 // counts the balances that Redis received
	Floor                 int64 // units that stay in the ledger
	// Usable is how many units Redis can still take. InFlight is how many it has taken that are not in the books
	// yet. Shortage is how many units orders wait for. All are as Redis reports them; nil: it did not answer.
	Usable, InFlight, Shortage *int64
	// Difference is how many units Redis has more than it should, by the last comparison. DifferenceSince is since
	// when, zero when there is no difference.
	Difference      int64
	DifferenceSince time.Time
}

// Items reads a page of the items that sell through Redis, or did, ordered by product and location.
func (s *RedisService) Items(ctx context.Context, q List) (*Page[RedisItem], error) {
	return askPage(ctx, s.c, "redis_items", s.stub.ListRedisItems, &holdfastv1.ListRedisItemsRequest{
		PageSize: size(q.PageSize), PageToken: q.PageToken,
	}, redisItemOf)
}

// wholeRedis is how long an attempt may take at a call about all items.
const wholeRedis = 10 * time.Minute

// Rebuild rebuilds the data of an item in Redis from the books. Without an item it rebuilds all items. It
// returns how many items it rebuilt. Many items take minutes: give ctx a deadline.
func (s *RedisService) Rebuild(ctx context.Context, productID, locationID string) (int64, error) {
	m, _, err := askFor(ctx, s.c, wholeRedis, "rebuild_redis_items", s.stub.RebuildRedisItems, &holdfastv1.RebuildRedisItemsRequest{
		ProductId: productID, LocationId: locationID,
	})
	return m.GetRebuilt(), err
}

// redisPage is how many items a call of RebuildAll rebuilds: about a second's work.
const redisPage = 10_000

// RebuildAll rebuilds the data of all items in Redis from the books, some with each call. It returns how many
// items it rebuilt. After each call it reports how many are done and how many are left; report may be nil.
func (s *RedisService) RebuildAll(ctx context.Context, report func(done, left int64)) (done int64, err error) {
	token := ""
	for {
		m, _, err := askFor(ctx, s.c, wholeRedis, "rebuild_redis_items", s.stub.RebuildRedisItems, &holdfastv1.RebuildRedisItemsRequest{
			PageSize: size(redisPage), PageToken: token,
		})
		if err != nil {
			return done, err
		}
		done += m.GetRebuilt()
		if report != nil {
			report(done, m.GetLeft())
		}
		if token = m.GetNextPageToken(); token == "" {
			return done, nil
		}
	}
}

// RedisComparison is what a comparison of Redis and the books found.
type RedisComparison struct {
	Compared    int64 // items
	Differences []RedisDifference
	LeftOut     int64 // differences that are not among those
}

// RedisDifference is an item for which Redis has not as many units as it should.
type RedisDifference struct {
	ProductID, LocationID string
	Has, Want             int64
}

// Compare compares the data of an item in Redis with the books. Without an item it compares all items. The data
// of an item that differs is made again from the books. Many items take minutes: give ctx a deadline.
func (s *RedisService) Compare(ctx context.Context, productID, locationID string) (*RedisComparison, error) {
	m, _, err := askFor(ctx, s.c, wholeRedis, "compare_redis_items", s.stub.CompareRedisItems, &holdfastv1.CompareRedisItemsRequest{
		ProductId: productID, LocationId: locationID,
	})
	if err != nil {
		return nil, err
	}
	return &RedisComparison{
		Compared: m.GetCompared(), LeftOut: m.GetLeftOut(),
		Differences: each(m.GetDifferences(), func(d *holdfastv1.RedisDifference) RedisDifference {
			return RedisDifference{ProductID: d.GetProductId(), LocationID: d.GetLocationId(), Has: d.GetHas(), Want: d.GetWant()}
		}),
	}, nil
}

// RedisFigures are the figures of the items of a rule since the server was started.
type RedisFigures struct {
	Rule               RedisScope
	Reserves, Refusals int64         // taken, and refused because there were too few units
	Errors             int64         // calls that failed; for a shadow rule, scripts that failed
	Compensations      int64         // units given back because the reservation did not become durable
	Differences        int64         // that comparisons found
	P99                time.Duration // of the reserves of the last minutes, or of the scripts for a shadow rule; 0: there were none
	// Shadow means that the ledger sells the items and Redis is only tried out with them. The fields below are
	// those of a shadow rule. Decided counts the decisions that both made, Alike those with the same outcome,
	// RedisOnly and LedgerOnly the reservations that only one of them took. LeftOut counts decisions that were
	// not compared.
	Shadow                                         bool
	Decided, Alike, RedisOnly, LedgerOnly, LeftOut int64
}

// Figures returns the figures of each rule by which items sell through Redis, as counted by the server that
// answers.
func (s *RedisService) Figures(ctx context.Context) ([]RedisFigures, error) {
	m, _, err := ask(ctx, s.c, "redis_figures", s.stub.ListRedisFigures, &holdfastv1.ListRedisFiguresRequest{})
	return each(m.GetItems(), redisFiguresOf), err
}

func redisRuleOf(m *holdfastv1.RedisRule) RedisRule {
	return RedisRule{
		RedisScope: RedisScope{List: RedisList(m.GetList()), ProductID: m.GetProductId(), LocationID: m.GetLocationId()},
		Percent:    m.Percent, Floor: m.GetFloor(), Shadow: m.GetShadow(), UpdatedAt: timeOf(m.GetUpdatedAt()), CutBack: m.GetCutBack(), CutBackAt: timeOf(m.GetCutBackAt()),
	}
}

func redisItemOf(m *holdfastv1.RedisItem) RedisItem {
	return RedisItem{
		ProductID: m.GetProductId(), LocationID: m.GetLocationId(), State: RedisState(m.GetState()), Epoch: m.GetEpoch(), Floor: m.GetFloor(),
		Usable: m.Usable, InFlight: m.InFlight, Shortage: m.Shortage, Difference: m.GetDifference(), DifferenceSince: timeOf(m.GetDifferenceSince()),
	}
}

func redisFiguresOf(m *holdfastv1.RedisFigures) RedisFigures {
	return RedisFigures{
		Rule:     RedisScope{List: RedisList(m.GetList()), ProductID: m.GetProductId(), LocationID: m.GetLocationId()},
		Reserves: m.GetReserves(), Refusals: m.GetRefusals(), Errors: m.GetErrors(), Compensations: m.GetCompensations(), Differences: m.GetDifferences(),
		P99:    time.Duration(m.GetP99Ms() * float64(time.Millisecond)),
		Shadow: m.GetShadow(), Decided: m.GetDecided(), Alike: m.GetAlike(), RedisOnly: m.GetRedisOnly(), LedgerOnly: m.GetLedgerOnly(), LeftOut: m.GetLeftOut(),
	}
}
