// The price list. Prices are in CZK.

export const flats = [
  { unit: "A.101", rooms: "1+kk", area: 34, floor: "Ground floor, garden", price: 4650000 },
  { unit: "A.102", rooms: "2+kk", area: 52, floor: "Ground floor, garden", price: 6900000 },
  { unit: "A.204", rooms: "2+kk", area: 56, floor: "2nd floor, balcony", price: 7350000 },
  { unit: "B.203", rooms: "3+kk", area: 78, floor: "2nd floor, river view", price: 9800000 },
  { unit: "B.301", rooms: "3+kk", area: 84, floor: "3rd floor, river view", price: 10900000 },
  { unit: "C.401", rooms: "4+kk", area: 118, floor: "Top floor, roof terrace", price: 15900000 },
];
