// Package search keeps the stock of products in an index of Algolia, Meilisearch or Typesense. It writes
// absolute figures, and reads them when an event says that they have changed.
package search

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
)

const (
	// mostDocuments and mostBytes bound one call: the engines work best with batches of up to 1,000 documents
	// and some megabytes.
	mostDocuments = 1000
	mostBytes     = 5 << 20
	// readers is how many products are read at the same time.
	readers = 8
)

// Kind returns the kind of sinks that keep an index. One delivery is under way at a time, so figures that
// are read later are written later.
func Kind(via *http.Client) relay.Kind {
	return relay.Kind{Parallel: 1, Open: func(_ context.Context, t relay.Target) (relay.Leaf, error) {
		p, err := readPlace(t)
		if err != nil {
			return nil, err
		}
		if len(t.Secrets) == 0 {
			return nil, errors.New("the index needs a key: set it as the secret")
		}
		l := &leaf{indexAddress: p, stock: t.Stock, filter: t.Filter, epoch: t.Epoch}
		l.engine = open(via, p, t.Secrets[0])
		return l, nil
	}}
}

// engine is the connection to an index of one make.
type engine interface {
	// write stores documents of the index. create says that missing documents are made; otherwise they stay
	// missing, which is not an error. It returns one error per document, nil for all. A *refusedError for
	// all of them may be about one.
	write(ctx context.Context, index string, documents []document, create bool) []error
	// begin makes an empty index with the settings of another one, and deletes those that earlier rebuilds
	// of it have left behind.
	begin(ctx context.Context, index, beside string) error
	// swap replaces an index by the new one that was filled, once all writes to the new one are
	// applied, and deletes the old one.
	swap(ctx context.Context, index, beside string) error
}

func open(via *http.Client, p indexAddress, key string) engine {
	to := caller{client: via, hosts: p.hosts, header: http.Header{}}
	to.header.Set("Content-Type", "application/json")
	switch p.engine {
	case algolia:
		return newAlgolia(to, p.app, key)
	case typesense:
		return newTypesense(to, key)
	}
	return newMeili(to, key, p.key)
}

type leaf struct {
	indexAddress
	engine engine
	stock  relay.Stock
	filter client.SinkFilter
	epoch  int64
}

var _ relay.Rebuilder = (*leaf)(nil)

// Deliver writes the stock of the products in the messages, each once.
func (l *leaf) Deliver(ctx context.Context, messages []relay.Message) []error {
	errs := make([]error, len(messages))
	about := map[string][]int{}
	var products []string
	for i := range messages {
		product, err := productOf(&messages[i])
		if err != nil {
			errs[i] = err
			continue
		}
		if about[product] == nil {
			products = append(products, product)
		}
		about[product] = append(about[product], i)
	}
	failed := l.update(ctx, products)
	if ctx.Err() != nil {
		l.writeAgain(ctx, products)
	}
	for product, err := range failed {
		for _, i := range about[product] {
			errs[i] = err
		}
	}
	for _, err := range errs {
		if err != nil {
			return errs
		}
	}
	return nil
}

// againWait bounds what a leaf still writes after the end of its lease.
const againWait = 5 * time.Second

// writeAgain writes the stock of products once more when the lease has ended during a write.
// The engines know no versions: a process that stood still between reading and writing may
// have put an older stock over the newer one of another relay, and no event would follow.
func (l *leaf) writeAgain(ctx context.Context, products []string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), againWait)
	defer cancel()
	for range 3 { // until nothing has changed since it was read
		before, _ := l.read(ctx, products)
		l.update(ctx, products)
		after, failed := l.read(ctx, products)
		if len(failed) == 0 && slices.EqualFunc(before, after, func(a, b document) bool { return bytes.Equal(a.body, b.body) }) {
			return
		}
	}
}

// update writes the stock of products, and returns the failures.
func (l *leaf) update(ctx context.Context, products []string) map[string]error {
	documents, failed := l.read(ctx, products)
	var live []document
	var names []string
	for i, d := range documents {
		switch {
		case failed[products[i]] != nil:
		case products[i] == testProduct: // nothing is made by a test
			if err := first(write(ctx, l.engine, l.index, []document{d}, false)); err != nil {
				failed[testProduct] = err
			}
		default:
			live, names = append(live, d), append(names, products[i])
		}
	}
	for i, err := range write(ctx, l.engine, l.index, live, l.create) {
		if err != nil {
			failed[names[i]] = err
		}
	}
	return failed
}

// read makes the documents of products, and returns which could not be read.
func (l *leaf) read(ctx context.Context, products []string) (documents []document, failed map[string]error) {
	documents, failed = make([]document, len(products)), map[string]error{}
	var mu sync.Mutex
	var all sync.WaitGroup
	next := make(chan int)
	for range min(readers, len(products)) {
		all.Go(func() {
			for i := range next {
				d, err := l.readOne(ctx, products[i])
				documents[i] = d
				if err != nil {
					mu.Lock()
					failed[products[i]] = err
					mu.Unlock()
				}
			}
		})
	}
	for i := range products {
		next <- i
	}
	close(next)
	all.Wait()
	return documents, failed
}

func (l *leaf) readOne(ctx context.Context, product string) (document, error) {
	var at []client.Inventory
	if product != testProduct {
		var err error
		if at, err = l.stock.Product(ctx, product); err != nil && !errors.Is(err, client.ErrNotFound) {
			return document{}, relay.Down(fmt.Errorf("read the stock of %s: %w", product, err))
		}
	}
	return l.documentOf(product, at, l.filter.LocationIDs)
}

// Close has nothing to do. All sinks share the client.
func (l *leaf) Close() error { return nil }

// write writes documents in calls that the engine accepts. It halves a refused call until it finds the
// document that caused the refusal.
func write(ctx context.Context, to engine, index string, documents []document, create bool) []error {
	errs := make([]error, 0, len(documents))
	for len(documents) > 0 {
		n, size := 0, 0
		for n < len(documents) && n < mostDocuments && (n == 0 || size+len(documents[n].body) <= mostBytes) {
			size += len(documents[n].body)
			n++
		}
		part := halve(ctx, to, index, documents[:n], create)
		errs = append(errs, part...)
		documents = documents[n:]
		var down *relay.DownError
		if errors.As(first(part), &down) {
			return append(errs, relay.All(len(documents), down)...)
		}
	}
	return errs
}

func halve(ctx context.Context, to engine, index string, documents []document, create bool) []error {
	errs := to.write(ctx, index, documents, create)
	var refused *refusedError
	switch {
	case errs == nil:
		return make([]error, len(documents))
	case !errors.As(errs[0], &refused):
		return errs
	case len(documents) == 1:
		return []error{relay.Rejected("%s", refused.Error())}
	}
	half := len(documents) / 2
	front := halve(ctx, to, index, documents[:half], create)
	var down *relay.DownError
	if errors.As(first(front), &down) {
		return append(front, relay.All(len(documents)-half, down)...)
	}
	return append(front, halve(ctx, to, index, documents[half:], create)...)
}

// first is the first error of a list, a *relay.DownError before others.
func first(errs []error) (found error) {
	for _, err := range errs {
		var down *relay.DownError
		if errors.As(err, &down) {
			return err
		}
		if found == nil {
			found = err
		}
	}
	return found
}
