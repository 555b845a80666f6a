//go:build !race

package stock

const historyShare = 1
