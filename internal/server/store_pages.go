package server

import (
	"context"
	"io/fs"
	"net/http"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/console"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/signin"
)

// storeRoot is the path under which a till serves the pages of its store.
const (
	storeRoot       = "/store/"
	storeStatusPath = storeRoot + "status"
	// storeDevicePath is where a screen asks for a code, and for the outcome of its pairing.
	storeDevicePath = storeRoot + "device"
	deviceName      = "holdfast_device"
)

// StoreStatus is what the pages of a store learn of the till that serves them.
type StoreStatus struct {
	Till     string `json:"till"`
	Location string `json:"location"`
	// Connected reports that the connection to the centre is up.
	Connected bool `json:"connected"`
	// Records is how many records the till's log has. AtCentre is how many of them are in the
	// books of the centre.
	Records  uint64 `json:"records"`
	AtCentre uint64 `json:"at_centre"`
	// Stale reports that the centre accepts nothing more from this till.
	Stale bool `json:"stale"`
	// Refused reports that the centre cannot carry out the till's log, and accepts no more of it.
	Refused bool `json:"refused"`
	// ClockOffset is how far the centre's clock is ahead of the till's, in milliseconds. Skewed
	// reports that somebody should set the till's clock.
	ClockOffset int64 `json:"clock_offset_ms"`
	Skewed      bool  `json:"skewed"`
}

// Store is the till that serves the pages of a store.
type Store interface {
	StoreStatus(ctx context.Context) (StoreStatus, error)
}

// WithStore sets the pages of a store and the till that serves them. The default is none:
// there is nothing below /store/.
func WithStore(files fs.FS, till Store) Option {
	return func(o *options) { o.storePages, o.store = files, till }
}

// storePages serves the paths below /store. The pages are for everybody who reaches the server.
// Their content comes from calls that need a session.
type storePages struct {
	server *Server
	folder *console.Folder // nil: this server is no till
	till   Store
	status *kit.Method
	device *kit.Method // a screen that asks for a session
}

func newStorePages(s *Server, o *options) (*storePages, error) {
	p := &storePages{server: s, till: o.store}
	p.status = &kit.Method{Name: "GetStoreStatus", Rule: &holdfastv1.MethodRule{Scope: holdfastv1.Scope_SCOPE_READ}}
	p.device = &kit.Method{Name: "PairDevice", Rule: &holdfastv1.MethodRule{}}
	if o.storePages == nil {
		return p, nil
	}
	var err error
	p.folder, err = console.NewFolder(storeRoot, o.storePages)
	return p, err
}

// methods are the calls that are counted and timed.
func (p *storePages) methods() []*kit.Method { return []*kit.Method{p.status, p.device} }

// isStore reports whether a path, escaped, is a path of a store page.
func isStore(path string) bool {
	return strings.HasPrefix(path, storeRoot) || path+"/" == storeRoot
}

// findHandler returns the handler for a path, nil when the path is not a store's, and its
// verbs.
func (p *storePages) findHandler(path string) (http.HandlerFunc, []string) {
	switch {
	case p.folder == nil || !isStore(path):
		return nil, nil
	case path+"/" == storeRoot:
		return p.redirect, readingVerbs
	case path == storeStatusPath:
		return p.showStatus, readingVerbs
	case path == storeDevicePath:
		return p.pair, []string{http.MethodPost}
	}
	return p.show, readingVerbs
}

// show answers with a page, or a file that it loads.
func (p *storePages) show(w http.ResponseWriter, r *http.Request) {
	if reading(w, r) && !p.folder.Serve(w, r) {
		p.server.handler.refuseUnknown(w, r, r.URL.Path, nil, new([]byte))
	}
}

// redirect sends a browser to the first page of the store.
func (p *storePages) redirect(w http.ResponseWriter, r *http.Request) {
	if reading(w, r) {
		http.Redirect(w, r, p.server.paths.prefixOf(r)+storeRoot, http.StatusFound)
	}
}

// pair shows a screen its code, and gives it a session once staff have confirmed that.
func (p *storePages) pair(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		p.server.handler.refuseUnknown(w, r, storeDevicePath, []string{http.MethodPost}, new([]byte))
		return
	}
	signing := p.server.signing
	signing.handle(w, r, p.device, func(ctx context.Context, w http.ResponseWriter, r *http.Request, e *envelope, _ *kit.Call) (any, error) {
		return signing.chapter.Pair(ctx, w, r, signing.browser(r, e), signin.Pairings{Path: storeDevicePath, Cookie: deviceName, Pair: p.server.sessions.PairDevice})
	})
}

func (p *storePages) showStatus(w http.ResponseWriter, r *http.Request) {
	if reading(w, r) {
		p.server.signing.handle(w, r, p.status, p.tellStatus)
	}
}

// tellStatus sends the state of the till to every caller with a right to read, whatever the role.
func (p *storePages) tellStatus(ctx context.Context, _ http.ResponseWriter, _ *http.Request, e *envelope, c *kit.Call) (any, error) {
	if err := p.server.identify(ctx, e, c); err != nil {
		return nil, err
	}
	if !scoped(c, p.status) {
		return nil, kit.Refuse(kit.CodeDenied, "the key needs the scope read, it has %s", c.Scopes)
	}
	return p.till.StoreStatus(ctx)
}
