"""What bench/record.py is made of: servers, recorder, programs, sales (measuring); results, budgets, plots, svg, page (telling)."""
