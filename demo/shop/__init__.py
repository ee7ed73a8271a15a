"""The sample shop: its catalogue, its shoppers, its pages and its pictures."""
