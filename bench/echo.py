"""The measure of a full submission: a Flask app that parses JSON and sends it back."""

from flask import Flask, Response, jsonify, request

app = Flask(__name__)


@app.post("/echo")
def echo() -> Response:
    return jsonify(request.get_json())
