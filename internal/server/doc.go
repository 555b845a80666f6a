// Package server is the public face: the REST and gRPC surface of the contract
// (docs/protocol/api.md), health, metrics and profiles. Each call is one plain
// function (ctx, call, request) -> (answer, error) behind both transports;
// credentials, scopes, tenancy, limits and the form of requests are checked
// once around them, and errors become codes in one table. It is also the only
// place that translates between the contract's words (reserve, deduct,
// reservation) and the house's (place, confirm, hold).
//
// Package stock decides about stock, the ledger writes, the catalog keeps what
// is known, and the views answer lists.
package server
