package server_test

import (
	"strings"
	"testing"
)

// A refused body must leave no trace: the last step checks it.
func TestHostileBodies(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{path: "/inventory", body: `{"product_id":"p","available_stock":10}`})
	for name, body := range map[string]string{
		"a number as a string":             `{"order_id":"o","product_id":"p","quantity":"1"}`,
		"a fraction":                       `{"order_id":"o","product_id":"p","quantity":1.5}`,
		"a small fraction":                 `{"order_id":"o","product_id":"p","quantity":1.0000000000000000001}`,
		"an exponent that is a fraction":   `{"order_id":"o","product_id":"p","quantity":15e-1}`,
		"NaN":                              `{"order_id":"o","product_id":"p","quantity":NaN}`,
		"Infinity":                         `{"order_id":"o","product_id":"p","quantity":Infinity}`,
		"a plus sign":                      `{"order_id":"o","product_id":"p","quantity":+1}`,
		"a leading zero":                   `{"order_id":"o","product_id":"p","quantity":01}`,
		"a hex number":                     `{"order_id":"o","product_id":"p","quantity":0x1}`,
		"true as a number":                 `{"order_id":"o","product_id":"p","quantity":true}`,
		"a list as a number":               `{"order_id":"o","product_id":"p","quantity":[1]}`,
		"a number as an id":                `{"order_id":1,"product_id":"p","quantity":1}`,
		"a name twice":                     `{"order_id":"o","product_id":"p","quantity":1,"quantity":1}`,
		"a name twice, once escaped":       `{"order_id":"o","product_id":"p","quantity":1,"quantit\u0079":2}`,
		"a name twice in an item":          `{"order_id":"o","items":[{"product_id":"p","product_id":"p","quantity":1}]}`,
		"an unknown field":                 `{"order_id":"o","product_id":"p","quantity":1,"colour":"red"}`,
		"an unknown field of an item":      `{"order_id":"o","items":[{"product_id":"p","quantity":1,"colour":"red"}]}`,
		"a field in another case":          `{"order_id":"o","product_id":"p","Quantity":1}`,
		"camel case":                       `{"orderId":"o","product_id":"p","quantity":1}`,
		"a field of the prototype":         `{"order_id":"o","product_id":"p","quantity":1,"__proto__":{}}`,
		"text behind the object":           `{"order_id":"o","product_id":"p","quantity":1} x`,
		"a second object":                  `{"order_id":"o","product_id":"p","quantity":1}{"order_id":"o2","product_id":"p","quantity":1}`,
		"a list":                           `[{"order_id":"o","product_id":"p","quantity":1}]`,
		"a string":                         `"o"`,
		"null":                             `null`,
		"half an object":                   `{"order_id":"o","product_id":"p","quantity":1`,
		"half a string":                    `{"order_id":"o`,
		"a comma at the end":               `{"order_id":"o","product_id":"p","quantity":1,}`,
		"single quotes":                    `{'order_id':'o','product_id':'p','quantity':1}`,
		"a comment":                        `{"order_id":"o",/* */"product_id":"p","quantity":1}`,
		"a byte order mark":                "\ufeff" + `{"order_id":"o","product_id":"p","quantity":1}`,
		"invalid UTF-8 in an id":           `{"order_id":"o` + "\xff" + `","product_id":"p","quantity":1}`,
		"half a surrogate pair":            `{"order_id":"o\ud800","product_id":"p","quantity":1}`,
		"NUL in an id":                     `{"order_id":"o\u0000","product_id":"p","quantity":1}`,
		"a raw control character":          "{\"order_id\":\"o\x01\",\"product_id\":\"p\",\"quantity\":1}",
		"a line feed in an id":             `{"order_id":"o\n","product_id":"p","quantity":1}`,
		"a C1 control character":           `{"order_id":"o\u0085","product_id":"p","quantity":1}`,
		"an empty id":                      `{"order_id":"","product_id":"p","quantity":1}`,
		"an empty location":                `{"order_id":"o","product_id":"p","quantity":1,"location_id":""}`,
		"an id of blanks":                  `{"order_id":"   ","product_id":"p","quantity":1}`,
		"an id of no-break spaces":         `{"order_id":"\u00a0\u3000","product_id":"p","quantity":1}`,
		"an id of zero width spaces":       `{"order_id":"\u200b\u200d\ufeff","product_id":"p","quantity":1}`,
		"an id of Hangul fillers":          `{"order_id":"\u3164","product_id":"p","quantity":1}`,
		"an id with a slash":               `{"order_id":"a/b","product_id":"p","quantity":1}`,
		"an id that is a dot":              `{"order_id":".","product_id":"p","quantity":1}`,
		"an id that is two dots":           `{"order_id":"..","product_id":"p","quantity":1}`,
		"an order id of 129 bytes":         `{"order_id":"` + strings.Repeat("o", 129) + `","product_id":"p","quantity":1}`,
		"a product id of 129 bytes":        `{"order_id":"o","product_id":"` + strings.Repeat("é", 65) + `","quantity":1}`,
		"a location of 65 bytes":           `{"order_id":"o","product_id":"p","quantity":1,"location_id":"` + strings.Repeat("l", 65) + `"}`,
		"a channel of 65 bytes":            `{"order_id":"o","product_id":"p","quantity":1,"channel_id":"` + strings.Repeat("c", 65) + `"}`,
		"deep nesting":                     `{"order_id":` + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000) + `}`,
		"deep nesting in an unknown field": `{"x":` + strings.Repeat(`{"x":`, 50_000) + `1` + strings.Repeat("}", 50_001),
		"a query beside the body":          "",
	} {
		t.Run(name, func(t *testing.T) {
			s := step{verb: "POST", path: "/inventory/reserve", body: body, status: 400, code: "INVALID_ARGUMENT"}
			if body == "" {
				s.path, s.body = "/inventory/reserve?order_id=o", `{"product_id":"p","quantity":1}`
			}
			h.play(t, s)
		})
	}
	h.tell(t, []step{
		{
			name: "an unknown field names the nearest", path: "/inventory/reserve", body: `{"order_id":"o","items":[{"product_id":"p","quantiy":1}]}`, status: 400,
			want: []string{`violations.0.field "items[0].quantiy"`, `violations.0.reason "unknown field (did you mean \"quantity\"?)"`},
		},
		{
			name: "so does an unknown parameter", path: "/inventory?page_sise=1", status: 400,
			want: []string{`violations.0.reason "unknown query parameter (did you mean \"page_size\"?)"`},
		},
		{
			name: "a field of another system is translated", path: "/inventory", body: `{"product_id":"q","initial_stock":5}`, status: 400,
			want: []string{`violations.0.field "initial_stock"`, `violations.0.reason "unknown field: here it is available_stock"`},
		},
		{
			name: "what is a header here is named as one", path: "/inventory/release", body: `{"order_id":"o","operator":"ann"}`, status: 400,
			want: []string{`violations.0.reason "unknown field: here it is the header X-Holdfast-Operator"`},
		},
		{
			name: "so is a parameter", path: "/inventory?limit=1", status: 400,
			want: []string{`violations.0.reason "unknown query parameter: here it is page_size"`},
		},
		{
			name: "pages have no numbers", path: "/inventory?page=2", status: 400,
			want: []string{`violations.0.reason "unknown query parameter: here it is page_token"`},
		},
		{
			name: "a word that is none of those allowed lists them", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":1,"policy":"partail"}`, status: 400,
			want: []string{`violations.0.reason "must be all_or_nothing or partial (did you mean \"partial\"?)"`},
		},
		{name: "nothing was held by any of them", path: "/inventory/product/p", want: []string{`available_stock 10`, `reserved_stock 0`, `locations.0.version 1`}},
		{name: "1.0 is 1", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":1.0}`, want: []string{`reservations.0.quantity 1`}},
		{name: "null is left out", path: "/inventory/reserve", body: `{"order_id":"o2","product_id":"p","quantity":1,"location_id":null,"items":null}`, want: []string{`reservations.0.location_id "default"`}},
		{name: "an empty channel is no channel", path: "/inventory/reserve", body: `{"order_id":"o3","product_id":"p","quantity":1,"channel_id":""}`, want: []string{`reservations.0.channel_id ""`}},
		{name: "128 bytes are an order id", path: "/inventory/reserve", body: `{"order_id":"` + strings.Repeat("é", 64) + `","product_id":"p","quantity":1}`, want: []string{`reservations.0.order_id "` + strings.Repeat("é", 64) + `"`}},
		{name: "case and blanks at the end matter", path: "/inventory/reserve", body: `{"order_id":"O ","product_id":"p","quantity":1}`, want: []string{`order_id "O "`}},
		{name: "an escaped name is the name", path: "/inventory/reserve", body: `{"order_id":"o4","product_id":"p","quantit\u0079":1}`, want: []string{`reservations.0.quantity 1`}},
	})
}

func TestPathsAndIds(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, id := range []string{"a b", "50%", "x?y", "ä", "a+b", "a:b", "a%2Fb", "batch", "threshold", "product"} {
		h.play(t, step{path: "/inventory", body: `{"product_id":"` + id + `","available_stock":1}`})
	}
	h.tell(t, []step{
		{name: "a blank", path: "/inventory/product/a%20b", want: []string{`product_id "a b"`}},
		{name: "a percent sign", path: "/inventory/product/50%25", want: []string{`product_id "50%"`}},
		{name: "a question mark", path: "/inventory/check/x%3Fy", want: []string{`product_id "x?y"`}},
		{name: "a letter of two bytes", path: "/inventory/logs/%C3%A4", want: []string{`items.0.product_id "ä"`}},
		{name: "a plus is a plus in a path", path: "/inventory/product/a+b", want: []string{`product_id "a+b"`}},
		{name: "a colon", path: "/inventory/product/a:b", want: []string{`product_id "a:b"`}},
		{name: "a percent-encoded percent is decoded once", path: "/inventory/product/a%252Fb", want: []string{`product_id "a%2Fb"`}},
		{name: "a product called like an endpoint", path: "/inventory/check/batch", want: []string{`product_id "batch"`}},
		{name: "and another", verb: "PUT", path: "/inventory/product/threshold", body: `{"low_stock_threshold":1}`, want: []string{`product_id "product"`}},
		{name: "which is also this", path: "/inventory/product/threshold", want: []string{`product_id "threshold"`}},
		{name: "an encoded slash is in no id", path: "/inventory/product/a%2Fb", status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "product_id"`}},
		{name: "path traversal is an id that is refused", path: "/inventory/product/%2e%2e", status: 400},
		{name: "with one dot too", path: "/inventory/check/%2e", status: 400},
		{name: "and a deeper one", path: "/inventory/product/%2e%2e%2f%2e%2e%2fetc%2fpasswd", status: 400},
		{name: "NUL", path: "/inventory/product/a%00", status: 400},
		{name: "invalid UTF-8", path: "/inventory/product/%ff", status: 400},
		{name: "a blank alone", path: "/inventory/product/%20", status: 400},
		{name: "129 bytes", path: "/inventory/product/" + strings.Repeat("p", 129), status: 400},
		{name: "invalid UTF-8 in a query", path: "/inventory?location_id=%ff", status: 400},
		{name: "a bad escape in a query", path: "/inventory?location_id=%zz", status: 400},
		{name: "a control character in a query", path: "/inventory?location_id=a%0a", status: 400},
		{name: "an order with a slash", path: "/inventory/orders/a%2Fb", status: 400},
		{name: "no path", path: "/nope", status: 404, code: "NOT_FOUND"},
		{name: "an endless path", path: "/inventory/product/a/b", status: 404},
		{name: "a slash at the end", path: "/inventory/", status: 404},
		{name: "no id", path: "/inventory/product/", status: 404},
		{name: "two slashes", path: "//inventory", status: 404},
		{name: "another version", path: "/v2/inventory", status: 404},
		{name: "the batch has one path", verb: "POST", path: "/commands:batch", body: `{}`, status: 404},
		{name: "an encoded colon is a colon", verb: "POST", path: "/v1/commands%3Abatch", body: `{}`, status: 400},
		{name: "a wrong method", verb: "DELETE", path: "/inventory/product/x", status: 405, code: "METHOD_NOT_ALLOWED", says: []string{"Allow", "GET"}},
		{name: "GET where POST is meant", verb: "GET", path: "/inventory/reserve", status: 405, says: []string{"Allow", "POST"}},
		{name: "PATCH where two are taken", verb: "PATCH", path: "/inventory", body: `{}`, status: 405, says: []string{"Allow", "GET, POST"}},
	})
}

func TestContentTypesAndSizes(t *testing.T) {
	t.Parallel()
	h := start(t)
	body := `{"product_id":"p","available_stock":1}`
	h.tell(t, []step{
		{name: "with a charset", path: "/inventory", body: body, head: []string{"Content-Type", "application/json;charset=UTF-8"}},
		{name: "with a quoted charset and blanks", path: "/inventory", body: body, head: []string{"Content-Type", `Application/JSON ; charset="utf-8"`}, status: 409},
		{name: "another charset", path: "/inventory", body: body, head: []string{"Content-Type", "application/json; charset=gbk"}, status: 415},
		{name: "a form", path: "/inventory", body: body, head: []string{"Content-Type", "application/x-www-form-urlencoded"}, status: 415, code: "UNSUPPORTED_MEDIA_TYPE"},
		{name: "compressed", path: "/inventory", body: body, head: []string{"Content-Encoding", "gzip"}, status: 415, code: "UNSUPPORTED_MEDIA_TYPE"},
		{name: "not compressed", path: "/inventory", body: body, head: []string{"Content-Encoding", "identity"}, status: 409},
		{name: "just under a mebibyte is only wrong", path: "/inventory", body: `{"x":"` + strings.Repeat("a", 1<<20-8) + `"}`, status: 400},
		{name: "over a mebibyte", path: "/inventory", body: `{"x":"` + strings.Repeat("a", 1<<20-7) + `"}`, status: 413, code: "PAYLOAD_TOO_LARGE"},
		{name: "ten of them", path: "/inventory", body: `{"product_id":"q","unit":"` + strings.Repeat("a", 10<<20) + `"}`, status: 413, code: "PAYLOAD_TOO_LARGE"},
		{name: "blanks count", path: "/inventory", body: `{"product_id":"q"}` + strings.Repeat(" ", 1<<20), status: 413},
		{name: "nothing came of it", path: "/inventory/product/q", status: 404},
		{name: "a batch may be larger", path: "/v1/commands:batch", body: `{"commands":[{"restock":{"product_id":"p","quantity":1}}]}` + strings.Repeat(" ", 2<<20), want: []string{`results.0.ok true`}},
	})
}
