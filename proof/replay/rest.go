package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswer bounds an answer read into memory: the largest batch answer is
// far below it.
const maxAnswer = 64 << 20

// REST reaches a server over REST/JSON: one command by its own endpoint,
// several by POST /v1/commands:batch.
type REST struct {
	base   string
	key    string
	client *http.Client
}

var _ Target = (*REST)(nil)

// NewREST returns a Target for the server at address (http://host:port).
// callers is how many calls will be under way at once.
func NewREST(address, key string, callers int) (*REST, error) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" {
		return nil, badSettings("url %q is not like http://127.0.0.1:8080", address)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns, transport.MaxIdleConnsPerHost = 0, callers+1
	return &REST{base: strings.TrimRight(u.String(), "/"), key: key, client: &http.Client{Transport: transport}}, nil
}

// Close drops idle connections.
func (r *REST) Close() { r.client.CloseIdleConnections() }

// Execute implements Target.
func (r *REST) Execute(ctx context.Context, commands []Command) ([]Result, error) {
	if len(commands) > 1 {
		return r.batch(ctx, commands)
	}
	method, path, err := endpoint(commands[0].Body)
	if err != nil {
		return nil, err
	}
	answer, err := r.call(ctx, method, path, commands[0].Key, inPath(commands[0].Body))
	if err != nil {
		return refused(commands, err)
	}
	result := Result{Replayed: answer.header.Get("Idempotency-Replayed") == "true"}
	switch commands[0].Body.(type) {
	case SetQuotas:
	case Reserve, Deduct:
		err = json.Unmarshal(answer.body, &result)
	default:
		result.Inventory = &Level{}
		err = json.Unmarshal(answer.body, result.Inventory)
	}
	if err != nil {
		return nil, fmt.Errorf("answer of %s %s: %w", method, path, err)
	}
	return []Result{result}, nil
}

func endpoint(body any) (method, path string, err error) {
	switch body := body.(type) {
	case Create:
		return http.MethodPost, "/v1/inventory", nil
	case SetQuotas:
		return http.MethodPut, quotasPath(body.ProductID), nil
	case Restock:
		return http.MethodPost, "/v1/inventory/restock", nil
	case Correct:
		return http.MethodPost, "/v1/inventory/adjust", nil
	case Reserve:
		return http.MethodPost, "/v1/inventory/reserve", nil
	case Deduct:
		return http.MethodPost, "/v1/inventory/deduct", nil
	}
	return "", "", fmt.Errorf("no endpoint for %T", body)
}

// inPath is the body of a request without the parts that are in its path.
func inPath(body any) any {
	if quotas, ok := body.(SetQuotas); ok {
		quotas.ProductID = ""
		return quotas
	}
	return body
}

func quotasPath(product string) string { return "/v1/quotas/" + url.PathEscape(product) }

// batchCommand is a Command in the form of /v1/commands:batch.
type batchCommand struct {
	Key     string     `json:"idempotency_key"`
	Create  *Create    `json:"create,omitempty"`
	Quotas  *SetQuotas `json:"set_quotas,omitempty"`
	Restock *Restock   `json:"restock,omitempty"`
	Adjust  *Correct   `json:"adjust,omitempty"`
	Reserve *Reserve   `json:"reserve,omitempty"`
	Deduct  *Deduct    `json:"deduct,omitempty"`
}

func (r *REST) batch(ctx context.Context, commands []Command) ([]Result, error) {
	var request struct {
		Commands []batchCommand `json:"commands"`
	}
	for _, c := range commands {
		b := batchCommand{Key: c.Key}
		switch body := c.Body.(type) {
		case Create:
			b.Create = &body
		case SetQuotas:
			b.Quotas = &body
		case Restock:
			b.Restock = &body
		case Correct:
			b.Adjust = &body
		case Reserve:
			b.Reserve = &body
		case Deduct:
			b.Deduct = &body
		default:
			return nil, fmt.Errorf("no verb for %T", c.Body)
		}
		request.Commands = append(request.Commands, b)
	}
	answer, err := r.call(ctx, http.MethodPost, "/v1/commands:batch", "", request)
	if err != nil {
		return refused(commands, err)
	}
	var response struct {
		Results []Result `json:"results"`
	}
	if err := json.Unmarshal(answer.body, &response); err != nil {
		return nil, fmt.Errorf("answer of POST /v1/commands:batch: %w", err)
	}
	return checkCount(commands, response.Results)
}

// checkCount is the results if there is one for each command.
func checkCount(commands []Command, results []Result) ([]Result, error) {
	if len(results) != len(commands) {
		return nil, fmt.Errorf("batch of %d commands: %d results", len(commands), len(results))
	}
	return results, nil
}

// refused turns the refusal of a whole call into one result per command.
func refused(commands []Command, err error) ([]Result, error) {
	refusal, ok := asRefusal(err)
	if !ok {
		return nil, err
	}
	results := make([]Result, len(commands))
	for i := range results {
		results[i].Refusal = refusal
	}
	return results, nil
}

// List implements Target.
func (r *REST) List(ctx context.Context, location, pageToken string) (Page, error) {
	query := url.Values{"page_size": {strconv.Itoa(pageSize)}}
	if location != "" {
		query.Set("location_id", location)
	}
	if pageToken != "" {
		query.Set("page_token", pageToken)
	}
	answer, err := r.call(ctx, http.MethodGet, "/v1/inventory?"+query.Encode(), "", nil)
	if err != nil {
		return Page{}, err
	}
	page := Page{Stale: answer.header.Get("Holdfast-Stale") == "1"}
	if err := json.Unmarshal(answer.body, &page); err != nil {
		return Page{}, fmt.Errorf("answer of GET /v1/inventory: %w", err)
	}
	return page, nil
}

// SetPlaces implements Target.
func (r *REST) SetPlaces(ctx context.Context, places []Location) error {
	body := struct {
		Items []Location `json:"items"`
	}{places}
	_, err := r.call(ctx, http.MethodPut, "/v1/locations:batch", "", body)
	return err
}

// Quotas implements Target.
func (r *REST) Quotas(ctx context.Context, product, location string) (Shares, error) {
	path := quotasPath(product)
	if location != "" {
		path += "?" + url.Values{"location_id": {location}}.Encode()
	}
	answer, err := r.call(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return Shares{}, err
	}
	var shares Shares
	if err := json.Unmarshal(answer.body, &shares); err != nil {
		return Shares{}, fmt.Errorf("answer of GET %s: %w", path, err)
	}
	return shares, nil
}

type httpAnswer struct {
	header http.Header
	body   []byte
}

// call makes one request. Any status but 200 is a *Refusal. Any other error leaves the outcome
// open.
func (r *REST) call(ctx context.Context, method, path, key string, body any) (httpAnswer, error) {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return httpAnswer{}, fmt.Errorf("write request of %s: %w", path, err)
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, r.base+path, reader)
	if err != nil {
		return httpAnswer{}, fmt.Errorf("write request of %s: %w", path, err)
	}
	request.Header.Set("Authorization", "Bearer "+r.key)
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	response, err := r.client.Do(request)
	if err != nil {
		return httpAnswer{}, err // names method and address itself
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return httpAnswer{}, fmt.Errorf("read answer of %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		return httpAnswer{}, problem(response, text)
	}
	return httpAnswer{header: response.Header, body: text}, nil
}

// problem reads an error answer. One that is not problem+json, such as a proxy's, keeps its
// status and its first words.
func problem(response *http.Response, text []byte) *Refusal {
	refusal := &Refusal{}
	if json.Unmarshal(text, refusal) != nil || refusal.Code == "" {
		words := strings.ToValidUTF8(string(text[:min(len(text), 200)]), "?")
		refusal = &Refusal{Code: "HTTP", Detail: strings.Join(strings.Fields(words), " ")}
	}
	refusal.Status = response.StatusCode
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil && seconds > 0 {
		refusal.RetryAfter = time.Duration(min(seconds, 60)) * time.Second
	}
	return refusal
}
