package client

import (
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// Client is a client of one Holdfast. It is safe for concurrent use, and one per
// program is enough: the more goroutines share it, the more commands each call carries.
//
// Its methods handle the stock of items and the orders that hold it. Each other
// part of the API has a service.
type Client struct {
	*caller
	orders  holdfastv1.OrderServiceClient
	closing sync.Once

	Accounts       *AccountService
	Quotas         *QuotaService
	Campaigns      *CampaignService
	Promises       *PromiseService
	Lots           *LotService
	Transfers      *TransferService
	Replenishments *ReplenishmentService
	Cases          *CaseService
	Locations      *LocationService
	Kits           *KitService
	Tenant         *TenantService
	Sinks          *SinkService
	Sources        *SourceService
	Relay          *RelayService
	Catalog        *CatalogService
	Details        *DetailService
	Search         *SearchService
	Items          *ItemService
	Orders         *OrderService
	Figures        *FigureService
	Alerts         *AlertService
	Tills          *TillService
	Redis          *RedisService
}

const (
	// maxRequest is the API's bound for a message.
	maxRequest = 32 << 20
	// maxAnswer has room for the answer to 20,000 lines.
	maxAnswer = 128 << 20
	// windows are large enough that an answer to a full group does not wait
	// for the reader.
	windows = 1 << 20
)

// connecting finds a restarted server soon, without pressing one that
// is down.
var connecting = grpc.ConnectParams{
	Backoff:           backoff.Config{BaseDelay: 50 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 500 * time.Millisecond},
	MinConnectTimeout: 2 * time.Second,
}

// alive detects that the other side is gone although the connection was not closed.
var alive = keepalive.ClientParameters{Time: 20 * time.Second, Timeout: 5 * time.Second}

// New returns a client for the server at address. The address is its gRPC port, such
// as "stock.example:8081", or the URL of its REST API, such as
// "https://stock.example", whose port also answers gRPC. The gRPC port takes less CPU
// per call. https means TLS; WithTLS sets its details. If a name has several addresses,
// the client uses all of them in turn. New does not connect: an unreachable server shows
// in the first call.
func New(address string, opts ...Option) (*Client, error) {
	if address == "" {
		return nil, errors.New("open client: the address is empty")
	}
	o := options{timeout: usualTimeout, limit: firstLimit, gather: true}
	for _, set := range opts {
		set(&o)
	}
	for what, text := range map[string]string{"key": o.key, "tenant": o.tenant, "operator": o.operator} {
		if !isCarriable(text) {
			return nil, fmt.Errorf("open client for %s: the %s must be printable ASCII: gRPC carries nothing else beside a call", address, what)
		}
	}
	target, err := o.target(address)
	if err != nil {
		return nil, fmt.Errorf("open client for %s: %w", address, err)
	}
	transport := insecure.NewCredentials()
	if o.tls != nil {
		transport = credentials.NewTLS(o.tls)
	}
	dial := append([]grpc.DialOption{
		grpc.WithTransportCredentials(transport),
		grpc.WithDisableRetry(), // persist does that, and knows what is safe
		grpc.WithDefaultServiceConfig(`{"loadBalancingConfig": [{"round_robin": {}}]}`),
		grpc.WithConnectParams(connecting),
		grpc.WithKeepaliveParams(alive),
		grpc.WithInitialWindowSize(windows),
		grpc.WithInitialConnWindowSize(4 * windows),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer), grpc.MaxCallSendMsgSize(maxRequest)),
	}, o.dial...)
	conn, err := grpc.NewClient(target, dial...)
	if err != nil {
		return nil, fmt.Errorf("open client for %s: %w", address, err)
	}
	c := newCaller(conn, o)
	return &Client{
		caller: c, orders: holdfastv1.NewOrderServiceClient(conn),
		Accounts:       &AccountService{c, holdfastv1.NewAccountServiceClient(conn)},
		Quotas:         &QuotaService{c, holdfastv1.NewQuotaServiceClient(conn)},
		Campaigns:      &CampaignService{c, holdfastv1.NewCampaignServiceClient(conn)},
		Promises:       &PromiseService{c, holdfastv1.NewPromiseServiceClient(conn)},
		Lots:           &LotService{c, holdfastv1.NewLotServiceClient(conn)},
		Transfers:      &TransferService{c, holdfastv1.NewTransferServiceClient(conn)},
		Replenishments: &ReplenishmentService{c, holdfastv1.NewReplenishmentServiceClient(conn)},
		Cases:          &CaseService{c, holdfastv1.NewCaseServiceClient(conn)},
		Locations:      &LocationService{c, holdfastv1.NewLocationServiceClient(conn)},
		Kits:           &KitService{c, holdfastv1.NewKitServiceClient(conn)},
		Tenant:         &TenantService{c, holdfastv1.NewTenantServiceClient(conn)},
		Sinks:          &SinkService{c, holdfastv1.NewSinkServiceClient(conn)},
		Sources:        &SourceService{c, holdfastv1.NewSourceServiceClient(conn)},
		Relay:          &RelayService{c, holdfastv1.NewRelayServiceClient(conn)},
		Catalog:        &CatalogService{c, holdfastv1.NewCatalogServiceClient(conn)},
		Details:        &DetailService{c, holdfastv1.NewDetailServiceClient(conn)},
		Search:         &SearchService{c, holdfastv1.NewSearchServiceClient(conn)},
		Orders:         &OrderService{c, holdfastv1.NewOrderServiceClient(conn)},
		Items:          &ItemService{c, holdfastv1.NewItemServiceClient(conn)},
		Figures:        &FigureService{c, holdfastv1.NewFigureServiceClient(conn)},
		Alerts:         &AlertService{c, holdfastv1.NewAlertServiceClient(conn)},
		Tills:          &TillService{c, holdfastv1.NewTillServiceClient(conn)},
		Redis:          &RedisService{c, holdfastv1.NewRedisServiceClient(conn)},
	}, nil
}

// Close waits for the calls that are under way and ends the connections. Later
// calls return ErrClosed.
func (c *Client) Close() error {
	c.door.shut()
	c.gather.senders.Wait()
	var err error
	c.closing.Do(func() { err = c.conn.Close() })
	return err
}

// door counts the calls under way and lets none in once it is shut.
type door struct {
	mu     sync.Mutex
	inside int
	closed bool
	empty  chan struct{} // closed when the last one leaves a shut door
}

func (d *door) enter() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.inside++
	return true
}

func (d *door) leave() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inside--
	if d.closed && d.inside == 0 {
		close(d.empty)
	}
}

// shut waits until nobody is inside.
func (d *door) shut() {
	d.mu.Lock()
	if !d.closed {
		d.closed, d.empty = true, make(chan struct{})
		if d.inside == 0 {
			close(d.empty)
		}
	}
	d.mu.Unlock()
	<-d.empty
}

type options struct {
	key      string
	tenant   string
	operator string
	tls      *tls.Config
	timeout  time.Duration
	limit    time.Duration // of the first attempt
	gather   bool
	keyed    bool
	dial     []grpc.DialOption
}

// usualTimeout is how long a call without a deadline may take, retries
// included.
const usualTimeout = 10 * time.Second

// Option changes how a Client works.
type Option func(*options)

// WithKey sets the API key. Without one only Check, CheckBatch and Tills.Pair are answered.
func WithKey(key string) Option { return func(o *options) { o.key = key } }

// WithTenant names the tenant of calls without a key. A key already identifies its
// tenant.
func WithTenant(tenant string) Option { return func(o *options) { o.tenant = tenant } }

// WithOperator names the operator recorded with each write. AsOperator names another
// one for one call. The default is the key's name.
func WithOperator(operator string) Option { return func(o *options) { o.operator = operator } }

// WithTLS encrypts the connection. The zero Config trusts the certificate authorities
// of the system and requires that the certificate names the address.
func WithTLS(config *tls.Config) Option { return func(o *options) { o.tls = config.Clone() } }

// WithTimeout bounds calls whose context has no deadline, retries included.
// The default is 10 s.
func WithTimeout(d time.Duration) Option { return func(o *options) { o.timeout = d } }

// WithoutGathering sends every write in a call of its own. It is for programs that
// count calls; it is never faster.
func WithoutGathering() Option { return func(o *options) { o.gather = false } }

// WithKeys gives every write an idempotency key unless the caller gave one. This
// includes writes that the order's id already protects. Then a request changes nothing
// even if the network delivers it long after its retry was answered. It costs the server
// one stored key per write.
func WithKeys() Option { return func(o *options) { o.keyed = true } }

// WithDialOptions passes options to grpc.NewClient, after the client's own:
// interceptors, a dialer, statistics.
func WithDialOptions(opts ...grpc.DialOption) Option {
	return func(o *options) { o.dial = append(o.dial, opts...) }
}
