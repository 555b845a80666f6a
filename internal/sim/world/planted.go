package world

// TornGroup is the planted bug that lies in the store.
const TornGroup = "torn group"
