"""What things are: tables, money, dates, problems, errors, texts and the store. Imports nothing of ours from outside."""
