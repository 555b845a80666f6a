package stock

// Op names what a command does, in the journal's words.
type Op uint8

// The operations. Their numbers are kept for ever (docs/protocol/log-entry.md).
const (
	OpOpen          Op = 1
	OpRestock       Op = 2
	OpAdjust        Op = 3
	OpObserve       Op = 4
	OpThreshold     Op = 5
	OpSaleStatus    Op = 6
	OpPlace         Op = 7
	OpCommit        Op = 8
	OpExtend        Op = 9
	OpConfirm       Op = 10
	OpRelease       Op = 11
	OpExpire        Op = 12
	OpMove          Op = 13
	OpReturn        Op = 14
	OpSoldElsewhere Op = 15
	OpCleanup       Op = 16
	// Operations that move buckets between slots: no request, and no answer shows them.
	OpHandover  Op = 17
	OpArrive    Op = 18
	OpRecallKey Op = 19
	OpPart      Op = 20
	// Quotas of channels.
	OpQuota      Op = 21
	OpAllot      Op = 22
	OpQuotaReset Op = 23
	// A side of a transfer.
	OpTransfer Op = 24
	// Operations that change the bucket of a sealed location's items within a slot: no
	// request, and no answer shows them.
	OpSpread  Op = 25
	OpRehouse Op = 26
	// An operation of an item by itself, when a time comes.
	OpLapse Op = 27
	// Selling ahead: what an owner allows, and a line that gets its units.
	OpPromise Op = 30
	OpFulfil  Op = 31
	// Lots: how an item's are drawn, and one that is no longer to be sold.
	OpLotPolicy Op = 32
	OpRecall    Op = 33
	// Lines of an order brought to what is to be held of them.
	OpChange Op = 34
	// A move of what an order holds from one location to another.
	OpRelocate Op = 35
	// An item that is taken out of use, and brought back.
	OpRetire    Op = 36
	OpReinstate Op = 37
	// Units that have left come back into the order that held them.
	OpWithdraw Op = 38
	// A product over all locations on a channel: the last unit is gone, the first is back.
	OpSoldOut     Op = 39
	OpBackInStock Op = 40
	// The books' record of a till: its epoch, its hello, how far its log is in them.
	OpTill Op = 41
	// Units that go to a till, those that it is asked for, and those that it gave back.
	OpGrant       Op = 42
	OpGrantRecall Op = 43
	OpHandBack    Op = 44
	// Units, and reservations, of a till whose epoch is closed come back.
	OpReclaim  Op = 45
	OpTakeOver Op = 46
	// Units that a till sells without having them.
	OpAdvance Op = 47
	// Orders of the centre that a till takes on, or does not.
	OpAccept  Op = 48
	OpDecline Op = 49
	// Somebody at the centre wants such an order cancelled; the till refuses.
	OpCancelAsk    Op = 50
	OpCancelRefuse Op = 51
	// A till served an order that had ended at its centre, or that another till keeps.
	OpServeLate Op = 52
	// Figures of an item that contradicted its open lines, set right by a person.
	OpRepair Op = 53
)

// Ops is one more than the greatest operation.
const Ops = OpRepair + 1

// opFacts is what is decided about an operation.
type opFacts struct {
	name   string // the word the journal uses (API.md, Log operation)
	atTill AtTill
	// does says what the operation does, after "only the centre"; of TillRefuses only.
	does string
	// dead: an item does not take it once it is retired. It still takes the outcome of orders,
	// what has happened elsewhere, at a till too, and the outcome of units that are on their way
	// from there.
	dead bool
}

// AtTill is what a till does with an operation.
type AtTill uint8

// Each operation has one of them.
const (
	// TillTells: the till carries it out, and its centre hears of it.
	TillTells AtTill = iota + 1
	// TillRefuses: the centre decides about it, and would never hear that the till did. Units that such
	// a write moved or wrote off at the till would stay in the till's escrow at the centre.
	TillRefuses
	// TillKeeps: it changes nothing that the centre has.
	TillKeeps
	// TillUnasked: no call at a till asks for it.
	TillUnasked
)

// ops has the facts of all operations. A new operation gets its number above and its line here.
var ops = [Ops]opFacts{
	OpOpen:          {name: "create", atTill: TillTells},
	OpRestock:       {name: "restock", atTill: TillTells, dead: true},
	OpAdjust:        {name: "adjust", atTill: TillTells, dead: true},
	OpObserve:       {name: "observe", atTill: TillTells, dead: true},
	OpThreshold:     {name: "threshold", atTill: TillKeeps, dead: true},
	OpSaleStatus:    {name: "sale_status", atTill: TillTells, dead: true},
	OpPlace:         {name: "reserve", atTill: TillTells},
	OpCommit:        {name: "commit", atTill: TillTells},
	OpExtend:        {name: "extend", atTill: TillTells},
	OpConfirm:       {name: "deduct", atTill: TillTells},
	OpRelease:       {name: "release", atTill: TillTells},
	OpExpire:        {name: "expire", atTill: TillTells},
	OpMove:          {name: "move", atTill: TillTells, dead: true},
	OpReturn:        {name: "return", atTill: TillTells, dead: true},
	OpSoldElsewhere: {name: "sold_elsewhere", atTill: TillTells},
	OpCleanup:       {name: "cleanup", atTill: TillKeeps},
	OpHandover:      {name: "handover", atTill: TillUnasked},
	OpArrive:        {name: "arrive", atTill: TillUnasked},
	OpRecallKey:     {name: "recall_key", atTill: TillUnasked},
	OpPart:          {name: "part", atTill: TillUnasked},
	OpQuota:         {name: "quota", atTill: TillTells, dead: true},
	OpAllot:         {name: "allot", atTill: TillTells, dead: true},
	OpQuotaReset:    {name: "quota_reset", atTill: TillKeeps, dead: true},
	OpTransfer:      {name: "transfer", atTill: TillRefuses, does: "moves units between locations", dead: true},
	OpSpread:        {name: "spread", atTill: TillUnasked},
	OpRehouse:       {name: "rehouse", atTill: TillUnasked},
	OpLapse:         {name: "lapse", atTill: TillTells},
	OpPromise:       {name: "promise", atTill: TillRefuses, does: "sets what may be sold ahead", dead: true},
	OpFulfil:        {name: "fulfil", atTill: TillUnasked},
	OpLotPolicy:     {name: "lot_policy", atTill: TillRefuses, does: "sets how lots are drawn", dead: true},
	OpRecall:        {name: "recall", atTill: TillRefuses, does: "recalls a lot", dead: true},
	OpChange:        {name: "change", atTill: TillTells},
	OpRelocate:      {name: "relocate", atTill: TillRefuses, does: "moves orders between locations"},
	OpRetire:        {name: "retire", atTill: TillRefuses, does: "retires a product"},
	OpReinstate:     {name: "reinstate", atTill: TillRefuses, does: "reinstates a product"},
	OpWithdraw:      {name: "withdraw", atTill: TillTells, dead: true},
	OpSoldOut:       {name: "sold_out", atTill: TillKeeps},
	OpBackInStock:   {name: "back_in_stock", atTill: TillKeeps},
	OpTill:          {name: "till", atTill: TillUnasked},
	OpGrant:         {name: "grant", atTill: TillTells},
	OpGrantRecall:   {name: "grant_recall", atTill: TillUnasked},
	OpHandBack:      {name: "hand_back", atTill: TillTells},
	OpReclaim:       {name: "reclaim", atTill: TillUnasked},
	OpTakeOver:      {name: "take_over", atTill: TillUnasked},
	OpAdvance:       {name: "advance", atTill: TillTells},
	OpAccept:        {name: "accept", atTill: TillTells},
	OpDecline:       {name: "decline", atTill: TillTells},
	OpCancelAsk:     {name: "cancel_ask", atTill: TillUnasked},
	OpCancelRefuse:  {name: "cancel_refuse", atTill: TillTells},
	OpServeLate:     {name: "serve_late", atTill: TillUnasked},
	OpRepair:        {name: "repair", atTill: TillUnasked},
}

// String returns the word the journal uses.
func (o Op) String() string { return o.facts().name }

// AtTill is what a till does with the operation, 0 for one that there is not.
func (o Op) AtTill() AtTill { return o.facts().atTill }

// OnlyAtCentre says what an operation does that only the centre carries out, "" for any other.
func (o Op) OnlyAtCentre() string { return o.facts().does }

// facts are those of the operation, none of one that there is not.
func (o Op) facts() (f opFacts) {
	if o < Ops {
		f = ops[o]
	}
	return f
}

// Internal reports whether the operation only changes where things are: nothing has
// happened that anybody has to learn of.
func (o Op) Internal() bool { return o >= OpHandover && o <= OpPart || o == OpSpread || o == OpRehouse }
