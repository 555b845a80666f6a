// Package server is the public face: the REST and gRPC surface of the contract
// (docs/protocol/api.md), health, metrics and profiles. Each call is one plain
// function (ctx, call, request) -> (answer, error) behind both transports;
// credentials, scopes, tenancy, limits and the form of requests are checked
// once around them, and errors become codes in one table. It is also the only
// place that translates between the contract's words (reserve, deduct,
// reservation) and the house's (place, confirm, hold).
//
// What stock may do is left to package stock, writing to the ledger, what is
// known to the catalog, and lists to the views.
package server
